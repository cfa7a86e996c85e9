//! Who is in the team: members, their devices, and the codes that let people in. Pure: time comes in as an argument.

use crate::store::{AuditRow, MembershipWrite};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use wedsync_domain::{Actor, Id, Role};

/// How long an invitation to a new person holds, and one for another device of the same person.
pub const INVITE_MS: u64 = 14 * 24 * 3600 * 1000;
pub const DEVICE_INVITE_MS: u64 = 10 * 60 * 1000;
/// How long a spent code is remembered, so that its holder hears why it does not work.
const KEEP_SPENT_MS: u64 = 30 * 24 * 3600 * 1000;
/// Codes for another device that one person has, used or not.
const DEVICE_CODES_MAX: usize = 20;
const NAME_MAX: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub user: Id,
    pub name: String,
    pub role: Role,
    pub helper: Option<Id>,
}

impl Member {
    pub fn actor(&self) -> Actor {
        Actor { user: self.user.clone(), role: self.role, helper: self.helper.clone() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    pub id: Id,
    pub user: Id,
    pub name: String,
    /// The public key, P-256, its coordinates in base64url (RFC 7518 section 6.2.1).
    pub x: String,
    pub y: String,
    pub created_ms: u64,
    pub last_seen_ms: u64,
    pub revoked: bool,
}

impl Device {
    /// Whether it was ever here after it joined.
    pub fn came(&self) -> bool {
        self.last_seen_ms > self.created_ms
    }
}

/// A join code, known by its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    pub hash: String,
    /// The member that it signs in; without one it makes a new member.
    pub user: Option<Id>,
    pub role: Role,
    pub name: String,
    pub helper: Option<Id>,
    pub expires_ms: u64,
    pub single_use: bool,
    /// The member who invites. The code lets nobody in whom that member may not invite any more.
    pub by: Option<Id>,
    /// The device that used it up.
    pub used_by: Option<Id>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    pub name: String,
    pub members: BTreeMap<Id, Member>,
    pub devices: BTreeMap<Id, Device>,
    pub invites: BTreeMap<String, Invite>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManageError {
    #[error("this code is not known; ask for a new one")]
    CodeUnknown,
    #[error("this code has expired; ask for a new one")]
    CodeExpired,
    #[error("this code was used already; ask for a new one")]
    CodeUsed,
    #[error("this device id is registered with another key; make a new one")]
    DeviceTaken,
    #[error("{0}")]
    Invalid(String),
    #[error("your role does not permit this")]
    Forbidden,
    #[error("{0} is not there")]
    NotFound(&'static str),
    #[error("the team would have no owner left; make somebody else an owner first")]
    LastOwner,
    #[error("this helper has an account already")]
    HelperTaken,
    #[error("this person is in the team already")]
    AlreadyMember,
}

impl ManageError {
    pub fn code(&self) -> &'static str {
        match self {
            ManageError::CodeUnknown => "code_unknown",
            ManageError::CodeExpired => "code_expired",
            ManageError::CodeUsed => "code_used",
            ManageError::DeviceTaken => "device_taken",
            ManageError::Invalid(_) => "invalid",
            ManageError::Forbidden => "forbidden",
            ManageError::NotFound(_) => "not_found",
            ManageError::LastOwner => "last_owner",
            ManageError::HelperTaken => "helper_taken",
            ManageError::AlreadyMember => "already_member",
        }
    }

    /// The HTTP status (RFC 9110).
    pub fn status(&self) -> u16 {
        match self {
            ManageError::CodeUnknown | ManageError::NotFound(_) => 404,
            ManageError::CodeExpired => 410,
            ManageError::Forbidden => 403,
            ManageError::Invalid(_) => 400,
            ManageError::CodeUsed
            | ManageError::DeviceTaken
            | ManageError::LastOwner
            | ManageError::HelperTaken
            | ManageError::AlreadyMember => 409,
        }
    }
}

/// The key under which a join code is kept.
pub fn code_hash(code: &str) -> String {
    hex(&Sha256::digest(code.trim().as_bytes()))
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A join code of 100 random bits, in letters that survive being read aloud (Crockford base32).
pub fn code(random: [u8; 20]) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    random.iter().map(|b| char::from(LETTERS[usize::from(b % 32)])).collect()
}

impl Membership {
    pub fn apply(&mut self, write: &MembershipWrite) {
        match write {
            MembershipWrite::Org { name } => self.name = name.clone(),
            MembershipWrite::Member(m) => drop(self.members.insert(m.user.clone(), m.clone())),
            MembershipWrite::RemoveMember(user) => drop(self.members.remove(user)),
            MembershipWrite::Device(d) => drop(self.devices.insert(d.id.clone(), d.clone())),
            MembershipWrite::Invite(i) => drop(self.invites.insert(i.hash.clone(), i.clone())),
            MembershipWrite::RemoveInvite(hash) => drop(self.invites.remove(hash)),
        }
    }

    /// The person behind a session, as long as they and their device are still welcome.
    pub fn actor(&self, user: &Id, device: Option<&Id>) -> Option<Actor> {
        if let Some(device) = device {
            let device = self.devices.get(device)?;
            if device.revoked || device.user != *user {
                return None;
            }
        }
        self.members.get(user).map(Member::actor)
    }

    /// Helpers who have an account, or were invited to one.
    pub fn linked_helpers(&self) -> impl Iterator<Item = &Id> {
        let invited = self.invites.values().filter(|invite| invite.used_by.is_none());
        let members = self.members.values().filter_map(|member| member.helper.as_ref());
        members.chain(invited.filter_map(|invite| invite.helper.as_ref()))
    }

    fn has_account(&self, helper: &Id) -> bool {
        self.members.values().any(|m| m.helper.as_ref() == Some(helper))
    }
}

/// What a device brings to sign in.
#[derive(Clone, Debug)]
pub struct NewDevice {
    pub id: Id,
    pub name: String,
    pub x: String,
    pub y: String,
}

/// One change of the team, gathered to be committed as one.
#[derive(Debug)]
pub struct Edit {
    pub membership: Membership,
    pub writes: Vec<MembershipWrite>,
    pub audit: Vec<AuditRow>,
    pub now_ms: u64,
}

type Result<T> = std::result::Result<T, ManageError>;

impl Edit {
    pub fn new(membership: &Membership, now_ms: u64) -> Edit {
        Edit { membership: membership.clone(), writes: Vec::new(), audit: Vec::new(), now_ms }
    }

    fn write(&mut self, write: MembershipWrite) {
        self.membership.apply(&write);
        self.writes.push(write);
    }

    fn note(&mut self, user: &Id, action: &'static str, subject: &str) {
        self.audit.push(AuditRow {
            at_ms: self.now_ms,
            user: user.clone(),
            action,
            subject: subject.to_owned(),
        });
    }

    pub fn member(&self, user: &Id) -> Result<&Member> {
        self.membership.members.get(user).ok_or(ManageError::Forbidden)
    }

    fn owner(&self, user: &Id) -> Result<()> {
        if self.member(user)?.role == Role::Owner { Ok(()) } else { Err(ManageError::Forbidden) }
    }

    pub fn create_org(&mut self, name: &str) {
        self.write(MembershipWrite::Org { name: name.to_owned() });
    }

    /// A member from outside a session: the first owner, or the demo's people.
    pub fn put_member(&mut self, member: Member) {
        self.note(&member.user.clone(), "member_added", member.user.as_str());
        self.write(MembershipWrite::Member(member));
    }

    pub fn put_invite(&mut self, invite: Invite) {
        self.write(MembershipWrite::Invite(invite));
    }

    /// Signs a device in by a code. `fresh` becomes the new member's id where the code makes one.
    pub fn join(&mut self, hash: &str, device: NewDevice, fresh: Id) -> Result<Member> {
        let invite = self.membership.invites.get(hash).cloned().ok_or(ManageError::CodeUnknown)?;
        let known = self.membership.devices.get(&device.id).cloned();
        let same_key = known.as_ref().is_some_and(|d| d.x == device.x && d.y == device.y && !d.revoked);
        if let Some(used_by) = &invite.used_by {
            // The answer to the first call may have been lost: the same device with the same key gets it again.
            let again = known.filter(|d| same_key && d.id == *used_by);
            return again
                .and_then(|d| self.membership.members.get(&d.user).cloned())
                .ok_or(ManageError::CodeUsed);
        }
        if invite.expires_ms <= self.now_ms {
            return Err(ManageError::CodeExpired);
        }
        let member = match &invite.user {
            Some(user) => self.membership.members.get(user).cloned().ok_or(ManageError::CodeUnknown)?,
            None => {
                if invite.by.as_ref().is_some_and(|by| !self.may_invite(by, invite.role)) {
                    return Err(ManageError::CodeUnknown);
                }
                if invite.helper.as_ref().is_some_and(|h| self.membership.has_account(h)) {
                    return Err(ManageError::CodeUsed);
                }
                Member {
                    user: fresh,
                    name: invite.name.clone(),
                    role: invite.role,
                    helper: invite.helper.clone(),
                }
            }
        };
        if known.as_ref().is_some_and(|d| !same_key || d.user != member.user) {
            return Err(ManageError::DeviceTaken);
        }
        let name = clean_name(&device.name, "the device's name")?;
        if invite.user.is_none() {
            self.write(MembershipWrite::Member(member.clone()));
        }
        self.note(&member.user, "device_joined", device.id.as_str());
        let (created_ms, last_seen_ms) = (known.map_or(self.now_ms, |d| d.created_ms), self.now_ms);
        self.write(MembershipWrite::Device(Device {
            id: device.id.clone(),
            user: member.user.clone(),
            name,
            x: device.x,
            y: device.y,
            created_ms,
            last_seen_ms,
            revoked: false,
        }));
        if invite.single_use {
            self.write(MembershipWrite::Invite(Invite { used_by: Some(device.id), ..invite }));
        }
        Ok(member)
    }

    fn may_invite(&self, by: &Id, role: Role) -> bool {
        match self.membership.members.get(by).map(|m| m.role) {
            Some(Role::Owner) => true,
            Some(Role::Coordinator) => role <= Role::Helper,
            Some(Role::Helper | Role::Viewer) | None => false,
        }
    }

    /// Returns when the code expires.
    pub fn invite(
        &mut self,
        by: &Id,
        hash: String,
        role: Role,
        name: &str,
        helper: Option<Id>,
    ) -> Result<u64> {
        if !self.may_invite(by, role) {
            return Err(ManageError::Forbidden);
        }
        if helper.as_ref().is_some_and(|h| self.membership.has_account(h)) {
            return Err(ManageError::HelperTaken);
        }
        let name = clean_name(name, "the name")?;
        self.drop_spent_codes();
        let expires_ms = self.now_ms + INVITE_MS;
        self.note(by, "invited", role.name());
        self.put_invite(Invite {
            hash,
            user: None,
            role,
            name,
            helper,
            expires_ms,
            single_use: true,
            by: Some(by.clone()),
            used_by: None,
        });
        Ok(expires_ms)
    }

    /// A code for another device of the same person. Returns when it expires.
    pub fn device_invite(&mut self, by: &Id, hash: String) -> Result<u64> {
        let member = self.member(by)?.clone();
        self.drop_spent_codes();
        self.drop_device_codes(by);
        let expires_ms = self.now_ms + DEVICE_INVITE_MS;
        self.note(by, "device_invited", by.as_str());
        self.put_invite(Invite {
            hash,
            user: Some(member.user),
            role: member.role,
            name: member.name,
            helper: member.helper,
            expires_ms,
            single_use: true,
            by: Some(by.clone()),
            used_by: None,
        });
        Ok(expires_ms)
    }

    /// Keeps the latest few: anybody may ask for these, and each is kept for a while.
    fn drop_device_codes(&mut self, user: &Id) {
        let own = |i: &&Invite| i.user.as_ref() == Some(user) && i.by.as_ref() == Some(user);
        let mut codes: Vec<(u64, String)> =
            self.membership.invites.values().filter(own).map(|i| (i.expires_ms, i.hash.clone())).collect();
        codes.sort();
        let surplus = (codes.len() + 1).saturating_sub(DEVICE_CODES_MAX);
        for (_, hash) in codes.into_iter().take(surplus) {
            self.write(MembershipWrite::RemoveInvite(hash));
        }
    }

    fn drop_spent_codes(&mut self) {
        let old: Vec<String> = self
            .membership
            .invites
            .values()
            .filter(|i| i.expires_ms + KEEP_SPENT_MS < self.now_ms)
            .map(|i| i.hash.clone())
            .collect();
        for hash in old {
            self.write(MembershipWrite::RemoveInvite(hash));
        }
    }

    pub fn revoke_device(&mut self, by: &Id, device: &Id) -> Result<()> {
        let owner = self.member(by)?.role == Role::Owner;
        let found = self.membership.devices.get(device).filter(|d| owner || d.user == *by);
        let device = found.cloned().ok_or(ManageError::NotFound("this device"))?;
        self.note(by, "device_revoked", device.id.as_str());
        self.write(MembershipWrite::Device(Device { revoked: true, ..device }));
        Ok(())
    }

    /// A person whom the identity provider knows by this id.
    pub fn add_member(&mut self, by: &Id, member: Member) -> Result<()> {
        self.owner(by)?;
        if self.membership.members.contains_key(&member.user) {
            return Err(ManageError::AlreadyMember);
        }
        if member.helper.as_ref().is_some_and(|h| self.membership.has_account(h)) {
            return Err(ManageError::HelperTaken);
        }
        let name = clean_name(&member.name, "the name")?;
        self.put_member(Member { name, ..member });
        Ok(())
    }

    pub fn set_role(&mut self, by: &Id, user: &Id, role: Role) -> Result<Member> {
        self.owner(by)?;
        let member =
            self.membership.members.get(user).cloned().ok_or(ManageError::NotFound("this person"))?;
        if member.role == Role::Owner && role != Role::Owner {
            self.another_owner(user)?;
        }
        let member = Member { role, ..member };
        self.note(by, "role_set", &format!("{user} {}", role.name()));
        self.write(MembershipWrite::Member(member.clone()));
        Ok(member)
    }

    pub fn remove_member(&mut self, by: &Id, user: &Id) -> Result<()> {
        self.owner(by)?;
        let member =
            self.membership.members.get(user).cloned().ok_or(ManageError::NotFound("this person"))?;
        if member.role == Role::Owner {
            self.another_owner(user)?;
        }
        let devices: Vec<Device> =
            self.membership.devices.values().filter(|d| d.user == *user && !d.revoked).cloned().collect();
        for device in devices {
            self.write(MembershipWrite::Device(Device { revoked: true, ..device }));
        }
        self.note(by, "member_removed", user.as_str());
        self.write(MembershipWrite::RemoveMember(user.clone()));
        Ok(())
    }

    fn another_owner(&self, besides: &Id) -> Result<()> {
        let another = self.membership.members.values().any(|m| m.role == Role::Owner && m.user != *besides);
        if another { Ok(()) } else { Err(ManageError::LastOwner) }
    }
}

fn clean_name(name: &str, what: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.len() > NAME_MAX || name.chars().any(char::is_control) {
        return Err(ManageError::Invalid(format!("{what} must be one line of 1 to {NAME_MAX} bytes")));
    }
    Ok(name.to_owned())
}
