//! A batch as rows of SQLite.

use super::{Batch, MembershipWrite, Result, sqlite::to_json};
use rusqlite::{Connection, params};
use wedsync_domain::{ChangeKind, Id};

pub(super) fn write(tx: &Connection, org: &str, batch: &Batch) -> Result<()> {
    for (doc, head) in &batch.heads {
        tx.prepare_cached(
            "INSERT INTO docs (org, doc, epoch, seq, snapshot_seq, log_base, size, deleted) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
             ON CONFLICT (org, doc) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, \
             snapshot_seq = excluded.snapshot_seq, log_base = excluded.log_base, size = excluded.size, \
             deleted = excluded.deleted",
        )?
        .execute(params![
            org,
            doc.to_string(),
            head.epoch,
            head.seq as i64,
            head.snapshot_seq as i64,
            head.log_base as i64,
            head.size as i64,
            head.deleted
        ])?;
        if head.deleted {
            tx.prepare_cached("UPDATE docs SET snapshot = NULL WHERE org = ?1 AND doc = ?2")?
                .execute(params![org, doc.to_string()])?;
            tx.prepare_cached("DELETE FROM updates WHERE org = ?1 AND doc = ?2")?
                .execute(params![org, doc.to_string()])?;
            tx.prepare_cached("DELETE FROM lineages WHERE org = ?1 AND doc = ?2")?
                .execute(params![org, doc.to_string()])?;
        }
    }
    for row in &batch.log {
        tx.prepare_cached("INSERT INTO updates (org, doc, seq, uuid, bytes) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![org, row.doc.to_string(), row.seq as i64, row.uuid.0, row.bytes])?;
    }
    for snapshot in &batch.snapshots {
        let doc = snapshot.doc.to_string();
        tx.prepare_cached("UPDATE docs SET snapshot = ?3 WHERE org = ?1 AND doc = ?2")?.execute(params![
            org,
            doc,
            snapshot.bytes
        ])?;
        tx.prepare_cached("DELETE FROM updates WHERE org = ?1 AND doc = ?2 AND seq <= ?3")?
            .execute(params![org, doc, snapshot.log_base as i64])?;
    }
    for (client, row) in &batch.clients {
        tx.prepare_cached(
            "INSERT INTO clients (org, client, user, last_n) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (org, client) DO UPDATE SET last_n = excluded.last_n",
        )?
        .execute(params![org, client.as_str(), row.user.as_str(), row.last_n as i64])?;
    }
    for ((doc, lineage), row) in &batch.lineages {
        tx.prepare_cached(
            "INSERT INTO lineages (org, doc, yjs_client, user, closed) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (org, doc, yjs_client) DO UPDATE SET closed = excluded.closed",
        )?
        .execute(params![org, doc.to_string(), *lineage as i64, row.user.as_str(), row.closed])?;
    }
    for v in &batch.verdicts {
        tx.prepare_cached(
            "INSERT INTO verdicts (org, client, n, user, uuid, content, outcome, device, kind, made_ms, at_ms) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            org,
            v.client.as_str(),
            v.n as i64,
            v.user.as_str(),
            v.uuid.0,
            v.content,
            to_json(&v.outcome)?,
            v.device.as_ref().map(Id::as_str),
            v.kind,
            v.made_ms as i64,
            v.at_ms as i64
        ])?;
    }
    for h in &batch.history {
        let field = match &h.change.kind {
            ChangeKind::Set { field, .. } => Some(field.name()),
            ChangeKind::Insert { .. } | ChangeKind::Remove { .. } => None,
        };
        tx.prepare_cached(
            "INSERT INTO history (org, doc, seq, uuid, user, tbl, row, field, change) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            org,
            h.change.doc.to_string(),
            h.seq as i64,
            h.uuid.0,
            h.user.as_str(),
            h.change.table.name(),
            h.change.row,
            field,
            to_json(&h.change)?
        ])?;
    }
    for change in &batch.membership {
        write_membership(tx, org, change)?;
    }
    for a in &batch.audit {
        tx.prepare_cached(
            "INSERT INTO audit (org, at_ms, user, action, subject) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![org, a.at_ms as i64, a.user.as_str(), a.action, a.subject])?;
    }
    Ok(())
}

fn write_membership(tx: &Connection, org: &str, change: &MembershipWrite) -> Result<()> {
    match change {
        MembershipWrite::Org { name } => {
            let sql = "INSERT INTO orgs (org, name) VALUES (?1, ?2) ON CONFLICT (org) DO UPDATE SET name = ?2";
            tx.execute(sql, params![org, name])?
        }
        MembershipWrite::Member(m) => tx.execute(
            "INSERT OR REPLACE INTO members (org, user, name, role, helper) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![org, m.user.as_str(), m.name, m.role.name(), m.helper.as_ref().map(Id::as_str)],
        )?,
        MembershipWrite::RemoveMember(user) => {
            tx.execute("DELETE FROM members WHERE org = ?1 AND user = ?2", params![org, user.as_str()])?
        }
        MembershipWrite::Device(d) => tx.execute(
            "INSERT OR REPLACE INTO devices (org, device, user, name, x, y, created_ms, last_seen_ms, revoked) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                org,
                d.id.as_str(),
                d.user.as_str(),
                d.name,
                d.x,
                d.y,
                d.created_ms as i64,
                d.last_seen_ms as i64,
                d.revoked
            ],
        )?,
        MembershipWrite::Invite(i) => tx.execute(
            "INSERT OR REPLACE INTO invites (hash, org, user, role, name, helper, expires_ms, single_use, used_by, invited_by) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                i.hash,
                org,
                i.user.as_ref().map(Id::as_str),
                i.role.name(),
                i.name,
                i.helper.as_ref().map(Id::as_str),
                i.expires_ms as i64,
                i.single_use,
                i.used_by.as_ref().map(Id::as_str),
                i.by.as_ref().map(Id::as_str)
            ],
        )?,
        MembershipWrite::RemoveInvite(hash) => {
            tx.execute("DELETE FROM invites WHERE org = ?1 AND hash = ?2", params![org, hash])?
        }
    };
    Ok(())
}
