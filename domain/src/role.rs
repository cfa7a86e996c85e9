//! Who acts, and what their role lets them do.

use crate::Id;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Role {
    /// Looks.
    Viewer,
    /// Claims shifts, answers for their own, and keeps their own person document.
    Helper,
    /// Plans.
    Coordinator,
    /// Plans, and decides who is in the team.
    Owner,
}

impl Role {
    pub fn plans(self) -> bool {
        self >= Role::Coordinator
    }

    pub fn name(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Helper => "helper",
            Role::Coordinator => "coordinator",
            Role::Owner => "owner",
        }
    }

    pub fn parse(name: &str) -> Option<Role> {
        [Role::Viewer, Role::Helper, Role::Coordinator, Role::Owner].into_iter().find(|r| r.name() == name)
    }
}

/// The person a command is judged for. The hub knows role and helper; the device has what the hub last told it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    pub user: Id,
    pub role: Role,
    /// The helper in the roster that this person is, if they are one.
    pub helper: Option<Id>,
}

impl Actor {
    pub fn is_helper(&self, helper: &Id) -> bool {
        self.role >= Role::Helper && self.helper.as_ref() == Some(helper)
    }

    /// Whether this person may read a document. The hub sends nothing else.
    pub fn may_read(&self, doc: &crate::DocId) -> bool {
        use crate::DocId;
        match doc {
            DocId::Roster | DocId::Event(_) | DocId::Notes { .. } => true,
            DocId::Person(helper) => self.role.plans() || self.is_helper(helper),
            DocId::Inbox(user) => *user == self.user,
        }
    }
}
