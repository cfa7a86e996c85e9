//! Whose devices have the plan as it is now, and since when the others have not. For those who plan: names, and when a
//! device was last here; no ids and no keys.

use crate::membership::{Device, Member, Membership};
use crate::organisation::Connected;
use serde::Serialize;
use std::collections::BTreeMap;
use wedsync_domain::{Id, Role};

#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct TeamState<'a> {
    /// The hub's time: the clock of the device that asks may be off.
    pub now_ms: u64,
    pub members: Vec<MemberState<'a>>,
}

#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct MemberState<'a> {
    pub user: &'a Id,
    pub name: &'a str,
    pub role: Role,
    pub helper: Option<&'a Id>,
    /// Connected now, by one of the devices or with a token of an identity provider.
    pub here: bool,
    /// Without those that were revoked; who was here last is first.
    pub devices: Vec<DeviceState<'a>>,
}

#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct DeviceState<'a> {
    pub name: &'a str,
    pub here: bool,
    /// It is here, but has not taken all there is yet.
    pub behind: bool,
    /// None where it joined and was never here since.
    pub last_seen_ms: Option<u64>,
}

pub fn state<'a>(team: &'a Membership, connected: &[Connected], now_ms: u64) -> TeamState<'a> {
    let mut by_user: BTreeMap<&Id, Vec<DeviceState>> = BTreeMap::new();
    for device in team.devices.values().filter(|d| !d.revoked) {
        by_user.entry(&device.user).or_default().push(device_state(device, connected, now_ms));
    }
    let member = |m: &'a Member| {
        let mut devices = by_user.remove(&m.user).unwrap_or_default();
        devices.sort_by(|a, b| b.last_seen_ms.cmp(&a.last_seen_ms).then(a.name.cmp(b.name)));
        let here = connected.iter().any(|c| c.user == m.user);
        MemberState { user: &m.user, name: &m.name, role: m.role, helper: m.helper.as_ref(), here, devices }
    };
    TeamState { now_ms, members: team.members.values().map(member).collect() }
}

fn device_state<'a>(device: &'a Device, connected: &[Connected], now_ms: u64) -> DeviceState<'a> {
    let mut tabs = connected.iter().filter(|c| c.device.as_ref() == Some(&device.id)).peekable();
    let here = tabs.peek().is_some();
    DeviceState {
        name: &device.name,
        here,
        // One session that has it all is enough: the tabs of a browser share what they have.
        behind: here && tabs.all(|c| c.behind),
        last_seen_ms: if here { Some(now_ms) } else { device.came().then_some(device.last_seen_ms) },
    }
}
