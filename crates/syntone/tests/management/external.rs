//! External port configuration by management.

use crate::bench::{Answer, Bench, emitted, request};
use syntone::hal::PortIndex;
use syntone::management::{Access, Outcome, Response};
use syntone::state::State;
use syntone::wire::management::{ExtPortConfigPortDataSet, ExternalPortConfigurationEnabled, PortStateNumber};
use syntone::wire::{ManagementAction, ManagementData, ManagementErrorId, ManagementId, PortIdentity};

fn desired(desired_state: PortStateNumber) -> ManagementData<'static> {
    ManagementData::ExtPortConfigPortDataSet(ExtPortConfigPortDataSet { flags: 0, desired_state })
}

/// IEEE 1588-2019 17.6.5.2, IEEE 1588-2019 17.6.5.3
#[test]
fn ports_become_what_management_tells_them_to_be() {
    let mut bench = Bench::<2>::new(Access::ReadWrite);
    let enabled = ExternalPortConfigurationEnabled { external_port_configuration_enabled: true };
    let enabled = ManagementData::ExternalPortConfigurationEnabled(enabled);
    assert_eq!(bench.get(enabled.id()), Answer::Data(vec![0, 0]));
    assert_eq!(bench.set(desired(PortStateNumber::MASTER)), Answer::Data(vec![0, 6]));
    assert_eq!(bench.set(enabled), Answer::Data(vec![1, 0]));
    bench.wait(10_000);
    assert_eq!([0, 1].map(|port| bench.state(port)), [State::Master, State::Passive]);
    assert_eq!(bench.set(desired(PortStateNumber::LISTENING)), Answer::Refused(ManagementErrorId::WRONG_VALUE));
    assert_eq!(bench.get(ManagementId::EXT_PORT_CONFIG_PORT_DATA_SET), Answer::Data(vec![0, 6]));
}

/// IEEE 1588-2019 17.6.5.3
#[test]
fn not_all_ports_become_slaves_at_once() {
    let mut bench = Bench::<2>::new(Access::ReadWrite);
    let data = Some(desired(PortStateNumber::SLAVE));
    let mut all = request(ManagementAction::SET, ManagementId::EXT_PORT_CONFIG_PORT_DATA_SET, data);
    all.addressee.target_port_identity = PortIdentity::WILDCARD;
    let answers = bench.give(0, &emitted(&all));
    let outcomes: Vec<_> = answers.iter().map(|(_, _, octets)| Response::parse(octets).unwrap().outcome).collect();
    assert_eq!(outcomes, [Outcome::Refused(ManagementErrorId::WRONG_VALUE)]);
    let states = [0, 1].map(|port| bench.clock.desired_state(PortIndex(port)).unwrap());
    assert_eq!(states, [State::Passive; 2], "what is refused changes nothing");
}
