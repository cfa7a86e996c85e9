//! The team and its devices, over HTTP and JSON.

use crate::actor::Handle;
use crate::auth::{AuthError, Identity};
use crate::hub::{Hub, fresh_id, now_ms, random};
use crate::membership::{Device, Edit, ManageError, Member, Membership, NewDevice, code, code_hash};
use crate::organisation::EditError;
use axum::Router;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequestParts, Json, Path, State};
use axum::http::{HeaderMap, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, patch, post};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::oneshot;
use wedsync_domain::{Id, Role};
use wedsync_protocol::{FaultCode, VERSION};

const JSON_MAX: usize = 64 * 1024;
/// A call here costs about as much as this many mutations: each is a commit of its own.
const CALL_COST: f64 = 50.0;

pub fn routes() -> Router<Arc<Hub>> {
    Router::new()
        .route("/health", get(health))
        .route("/v1/join", post(join))
        .route("/v1/me", get(me))
        .route("/v1/devices", get(devices))
        .route("/v1/devices/{id}", delete(revoke_device))
        .route("/v1/device-invites", post(device_invite))
        .route("/v1/invites", post(invite))
        .route("/v1/members", get(members).post(add_member))
        .route("/v1/team", get(team))
        .route("/v1/members/{user}", patch(set_role).delete(remove_member))
        .layer(axum::extract::DefaultBodyLimit::max(JSON_MAX))
}

/// Any failure of a call here, as `{code, message}`, with the `field` that it is about where there is one.
#[derive(Debug)]
pub enum ApiError {
    Auth(AuthError),
    Manage(ManageError),
    /// A parameter that does not do.
    Invalid {
        field: String,
        message: String,
    },
}

impl From<AuthError> for ApiError {
    fn from(e: AuthError) -> Self {
        ApiError::Auth(e)
    }
}

impl From<ManageError> for ApiError {
    fn from(e: ManageError) -> Self {
        ApiError::Manage(e)
    }
}

impl From<EditError> for ApiError {
    fn from(e: EditError) -> Self {
        match e {
            EditError::Manage(e) => ApiError::Manage(e),
            EditError::TryLater => {
                ApiError::Auth(AuthError { code: FaultCode::TryLater, message: e.to_string() })
            }
        }
    }
}

impl From<JsonRejection> for ApiError {
    fn from(e: JsonRejection) -> Self {
        ApiError::Manage(ManageError::Invalid(e.body_text()))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code, message, field) = match self {
            ApiError::Auth(e) => (e.code.status(), e.code.name(), e.message, None),
            ApiError::Manage(e) => (e.status(), e.code(), e.to_string(), None),
            ApiError::Invalid { field, message } => (400, "invalid", message, Some(field)),
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut body = json!({ "code": code, "message": message });
        if let Some(field) = field {
            body["field"] = field.into();
        }
        (status, Json(body)).into_response()
    }
}

type Answer = Result<Json<Value>, ApiError>;
type Body<T> = Result<Json<T>, JsonRejection>;

/// The person who calls, a member of the team.
#[derive(Debug)]
pub struct Person {
    pub(crate) identity: Identity,
    handle: Handle,
    pub(crate) team: Arc<Membership>,
    pub(crate) member: Member,
}

impl FromRequestParts<Arc<Hub>> for Person {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Person, ApiError> {
        let token = bearer(&parts.headers)
            .ok_or_else(|| AuthError::new(FaultCode::Unauthorized, "send Authorization: Bearer <token>"))?;
        let (identity, handle, team) = hub.verify(token).await?;
        let revoked =
            || AuthError::new(FaultCode::Revoked, "you or this device are not in the team any more");
        team.actor(&identity.user, identity.device.as_ref()).ok_or_else(revoked)?;
        let member = team.members.get(&identity.user).cloned().ok_or_else(revoked)?;
        let key = (identity.org.clone(), identity.user.clone(), identity.device.clone());
        if hub.limits.bucket(key).take(CALL_COST).is_err() {
            return Err(AuthError::new(FaultCode::RateLimited, "too many calls; slow down").into());
        }
        Ok(Person { identity, handle, team, member })
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Changes the team in the organisation's order of commits.
async fn edit(
    handle: &Handle,
    change: impl FnOnce(&mut Edit) -> Result<Value, ManageError> + Send + 'static,
) -> Result<Value, ApiError> {
    let (done, answer) = oneshot::channel();
    let request = crate::organisation::Request::Edit(Box::new(change), done);
    handle.requests.send(request).await.map_err(|_| EditError::TryLater)?;
    Ok(answer.await.map_err(|_| EditError::TryLater)??)
}

async fn health() -> Json<Value> {
    let (version, now_ms) = (env!("CARGO_PKG_VERSION"), now_ms());
    Json(json!({ "status": "ok", "version": version, "protocol": VERSION, "now_ms": now_ms }))
}

#[derive(Deserialize)]
struct Join {
    code: String,
    device: JoinDevice,
}

#[derive(Deserialize)]
struct JoinDevice {
    id: Id,
    name: String,
    public_key: Jwk,
}

/// An elliptic-curve public key (RFC 7517, RFC 7518 section 6.2.1).
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
}

async fn join(State(hub): State<Arc<Hub>>, body: Body<Join>) -> Answer {
    if hub.limits.strangers.take(1.0).is_err() {
        return Err(AuthError::new(
            FaultCode::RateLimited,
            "too many sign-ins at once; try again in a minute",
        )
        .into());
    }
    let Join { code, device } = body?.0;
    let device = checked(device)?;
    let hash = code_hash(&code);
    let later = || AuthError::new(FaultCode::TryLater, "the hub's store is not available; try again later");
    let org = hub.org_of_invite(hash.clone()).await.map_err(|_| later())?.ok_or(ManageError::CodeUnknown)?;
    let (handle, _) = hub.org(&org).await?.ok_or(ManageError::CodeUnknown)?;
    let fresh = fresh_id();
    let answer = edit(&handle, move |team| {
        let id = device.id.clone();
        let member = team.join(&hash, device, fresh)?;
        Ok(json!({
            "org": org, "org_name": team.membership.name, "user": member.user, "name": member.name,
            "role": member.role, "helper": member.helper, "device": id,
        }))
    });
    Ok(Json(answer.await?))
}

fn checked(device: JoinDevice) -> Result<NewDevice, ManageError> {
    use base64::Engine;
    let key = device.public_key;
    let coordinate = |text: &str| {
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32)
    };
    if key.kty != "EC" || key.crv != "P-256" || !coordinate(&key.x) || !coordinate(&key.y) {
        return Err(ManageError::Invalid("the public key must be a JWK of kty EC and crv P-256".into()));
    }
    Ok(NewDevice { id: device.id, name: device.name, x: key.x, y: key.y })
}

async fn me(person: Person) -> Answer {
    let Person { identity, team, member, .. } = person;
    Ok(Json(json!({
        "org": identity.org, "org_name": team.name, "user": member.user, "name": member.name,
        "role": member.role, "helper": member.helper, "device": identity.device,
    })))
}

async fn devices(person: Person) -> Answer {
    let own = person.team.devices.values().filter(|d| d.user == person.identity.user);
    let shown = |d: &Device| {
        json!({
            "id": d.id, "name": d.name, "created_ms": d.created_ms, "last_seen_ms": d.last_seen_ms,
            "current": person.identity.device.as_ref() == Some(&d.id), "revoked": d.revoked,
        })
    };
    Ok(Json(own.map(shown).collect()))
}

fn id(text: &str, what: &'static str) -> Result<Id, ManageError> {
    text.parse().map_err(|_| ManageError::NotFound(what))
}

async fn revoke_device(person: Person, Path(device): Path<String>) -> Answer {
    let device = id(&device, "this device")?;
    let by = person.identity.user;
    let answer = edit(&person.handle, move |team| {
        team.revoke_device(&by, &device)?;
        Ok(json!({ "id": device, "revoked": true }))
    });
    Ok(Json(answer.await?))
}

#[derive(Deserialize)]
struct NewInvite {
    role: Role,
    name: String,
    helper: Option<Id>,
}

fn invitation(code: &str, expires_ms: u64) -> Value {
    json!({ "code": code, "path": format!("/#join={code}"), "expires_ms": expires_ms })
}

async fn invite(person: Person, body: Body<NewInvite>) -> Answer {
    let NewInvite { role, name, helper } = body?.0;
    let (by, code) = (person.identity.user, code(random()));
    let answer = edit(&person.handle, move |team| {
        let expires_ms = team.invite(&by, code_hash(&code), role, &name, helper)?;
        Ok(invitation(&code, expires_ms))
    });
    Ok(Json(answer.await?))
}

async fn device_invite(person: Person) -> Answer {
    let (by, code) = (person.identity.user, code(random()));
    let answer = edit(&person.handle, move |team| {
        let expires_ms = team.device_invite(&by, code_hash(&code))?;
        Ok(invitation(&code, expires_ms))
    });
    Ok(Json(answer.await?))
}

fn shown(m: &Member) -> Value {
    json!({ "user": m.user, "name": m.name, "role": m.role, "helper": m.helper })
}

async fn members(person: Person) -> Answer {
    if !person.member.role.plans() {
        return Err(ManageError::Forbidden.into());
    }
    Ok(Json(person.team.members.values().map(shown).collect()))
}

/// Whose devices have the plan, for those who plan.
async fn team(person: Person) -> Answer {
    if !person.member.role.plans() {
        return Err(ManageError::Forbidden.into());
    }
    let (done, connected) = oneshot::channel();
    let request = crate::organisation::Request::Connected(done);
    person.handle.requests.send(request).await.map_err(|_| EditError::TryLater)?;
    let connected = connected.await.map_err(|_| EditError::TryLater)?;
    Ok(Json(json!(crate::team::state(&person.team, &connected, now_ms()))))
}

#[derive(Deserialize)]
struct NewMember {
    user: Id,
    role: Role,
    name: String,
    helper: Option<Id>,
}

async fn add_member(person: Person, body: Body<NewMember>) -> Answer {
    let NewMember { user, role, name, helper } = body?.0;
    let by = person.identity.user;
    let answer = edit(&person.handle, move |team| {
        let member = Member { user, name, role, helper };
        team.add_member(&by, member.clone())?;
        Ok(shown(&member))
    });
    Ok(Json(answer.await?))
}

#[derive(Deserialize)]
struct NewRole {
    role: Role,
}

async fn set_role(person: Person, Path(user): Path<String>, body: Body<NewRole>) -> Answer {
    let role = body?.0.role;
    let (by, user) = (person.identity.user, id(&user, "this person")?);
    Ok(Json(edit(&person.handle, move |team| Ok(shown(&team.set_role(&by, &user, role)?))).await?))
}

async fn remove_member(person: Person, Path(user): Path<String>) -> Answer {
    let (by, user) = (person.identity.user, id(&user, "this person")?);
    let answer = edit(&person.handle, move |team| {
        team.remove_member(&by, &user)?;
        Ok(json!({ "user": user, "removed": true }))
    });
    Ok(Json(answer.await?))
}
