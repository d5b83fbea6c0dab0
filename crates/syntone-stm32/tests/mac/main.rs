//! The drivers of both kinds of MAC over models of them.

mod arithmetic;
mod broken;
mod contract;
mod extras;
mod model;
mod rings;
mod unit;
