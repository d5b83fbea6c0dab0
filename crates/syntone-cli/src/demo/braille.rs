//! Pictures made of braille characters: two dots across and four down in each character.

/// A rectangle of dots.
#[derive(Clone, Debug)]
pub(crate) struct Canvas {
    columns: usize,
    rows: usize,
    cells: Vec<u8>,
}

impl Canvas {
    /// An empty rectangle of so many characters.
    pub(crate) fn new(columns: usize, rows: usize) -> Self {
        Self { columns, rows, cells: vec![0; columns * rows] }
    }

    /// Sets the dot nearest to a point: `x` from 0 at the left to 1 at the right, `y` from 0 at the bottom to 1 at the
    /// top. A point outside is left out at the sides, and drawn at the rim above and below.
    pub(crate) fn dot(&mut self, x: f64, y: f64) {
        if !(0.0..=1.0).contains(&x) || y.is_nan() {
            return;
        }
        let column = (x * (self.columns * 2 - 1) as f64).round() as usize;
        let row = ((1.0 - y.clamp(0.0, 1.0)) * (self.rows * 4 - 1) as f64).round() as usize;
        self.cells[row / 4 * self.columns + column / 2] |= BITS[row % 4][column % 2];
    }

    /// The rows as text, from the top.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> + '_ {
        self.cells.chunks(self.columns).map(|row| row.iter().map(|cell| character(*cell)).collect())
    }
}

/// Braille dots are numbered down the left column, then down the right, and the lowest row came last.
const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

fn character(cell: u8) -> char {
    char::from_u32(0x2800 + u32::from(cell)).unwrap_or(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(canvas: &Canvas) -> Vec<String> {
        canvas.lines().collect()
    }

    #[test]
    fn the_corners_are_where_they_belong() {
        let mut canvas = Canvas::new(2, 2);
        for (x, y) in [(0.0, 0.0), (1.0, 1.0)] {
            canvas.dot(x, y);
        }
        // Dot 4 is at the upper right of a character, dot 7 at its lower left.
        assert_eq!(text(&canvas), ["\u{2800}\u{2808}", "\u{2840}\u{2800}"]);
    }

    #[test]
    fn points_too_high_are_drawn_at_the_rim_and_points_aside_are_not() {
        let mut canvas = Canvas::new(1, 1);
        canvas.dot(0.0, 7.0);
        canvas.dot(1.5, 0.5);
        canvas.dot(0.5, f64::NAN);
        assert_eq!(text(&canvas), ["\u{2801}"]);
    }
}
