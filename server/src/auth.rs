//! Who a token speaks for. Roles are not its business: those are in the hub's own table.
//!
//! Two kinds of JWT (RFC 7519): of the identity provider (HS256, EdDSA, or a key of a JWKS file), and assertions that a
//! registered device signs with its own key (ES256, in the manner of RFC 7523).

use crate::membership::{Device, Membership};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde::Deserialize;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use wedsync_domain::Id;
use wedsync_protocol::FaultCode;

pub const AUDIENCE: &str = "wedsync-hub";
const LEEWAY_S: u64 = 60;
/// A device's assertion is made for one sign-in: its time must be near the hub's.
const ASSERTION_S: u64 = 120;
/// However long an assertion claims to hold, its session ends after this.
const SESSION_MAX_S: u64 = 24 * 3600;
const JWKS_REREAD: Duration = Duration::from_secs(30);
const SECRET_MIN: usize = 32;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub org: Id,
    pub user: Id,
    pub device: Option<Id>,
    /// When sessions under it end, in milliseconds since 1970.
    pub expires_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct AuthError {
    pub code: FaultCode,
    pub message: String,
}

impl AuthError {
    pub fn new(code: FaultCode, message: &str) -> AuthError {
        AuthError { code, message: message.to_owned() }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("WEDSYNC_JWT_HS256_SECRET is too short: give at least {SECRET_MIN} random bytes")]
    ShortSecret,
    #[error("{name}: {path}: {why}")]
    Unreadable { name: &'static str, path: String, why: String },
}

/// The identity provider's keys.
#[derive(Default)]
pub struct Auth {
    secret: Option<DecodingKey>,
    eddsa: Option<DecodingKey>,
    jwks: Option<(PathBuf, Mutex<(JwkSet, Instant)>)>,
    audience: Option<String>,
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Keys never reach a log.
        f.write_str("Auth")
    }
}

#[derive(Deserialize)]
struct Claims {
    sub: Id,
    org: Id,
    exp: u64,
    iss: Option<String>,
    iat: Option<u64>,
}

impl Auth {
    pub fn new(
        hs256_secret: Option<String>,
        eddsa_pem: Option<PathBuf>,
        jwks: Option<PathBuf>,
    ) -> Result<Auth, ConfigError> {
        let secret = match hs256_secret {
            Some(secret) if secret.len() < SECRET_MIN => return Err(ConfigError::ShortSecret),
            Some(secret) => Some(DecodingKey::from_secret(secret.as_bytes())),
            None => None,
        };
        let eddsa = match eddsa_pem {
            Some(path) => {
                let bad = |why: String| unreadable("WEDSYNC_JWT_EDDSA_PEM", &path, why);
                let pem = std::fs::read(&path).map_err(|e| bad(e.to_string()))?;
                Some(DecodingKey::from_ed_pem(&pem).map_err(|e| bad(e.to_string()))?)
            }
            None => None,
        };
        let jwks = match jwks {
            Some(path) => {
                let set = read_jwks(&path).map_err(|why| unreadable("WEDSYNC_JWKS_FILE", &path, why))?;
                Some((path, Mutex::new((set, Instant::now()))))
            }
            None => None,
        };
        Ok(Auth { secret, eddsa, jwks, audience: None })
    }

    /// Takes the provider's tokens only where they were made for this audience: a provider often serves more
    /// applications, all under the same keys.
    pub fn for_audience(self, audience: Option<String>) -> Auth {
        Auth { audience, ..self }
    }

    pub fn from_env() -> Result<Auth, ConfigError> {
        let path = |name| std::env::var_os(name).map(PathBuf::from);
        let secret = std::env::var("WEDSYNC_JWT_HS256_SECRET").ok();
        let audience = std::env::var("WEDSYNC_JWT_AUDIENCE").ok().filter(|a| !a.is_empty());
        let auth = Auth::new(secret, path("WEDSYNC_JWT_EDDSA_PEM"), path("WEDSYNC_JWKS_FILE"))?;
        Ok(auth.for_audience(audience))
    }

    /// Verifies a token. `team` finds the team of an organisation, for the keys of its devices.
    pub fn verify(
        &self,
        token: &str,
        now_ms: u64,
        team: impl FnOnce(&Id) -> Option<std::sync::Arc<Membership>>,
    ) -> Result<Identity, AuthError> {
        let header = decode_header(token).map_err(|_| bad_token())?;
        if header.alg == Algorithm::ES256
            && let Some(kid) = header.kid.as_deref()
            && let Some(identity) = device_assertion(token, kid, now_ms, team)?
        {
            return Ok(identity);
        }
        let key = self.provider_key(&header).ok_or_else(bad_token)?;
        let mut validation = Validation::new(header.alg);
        validation.leeway = LEEWAY_S;
        validation.validate_nbf = true;
        match &self.audience {
            Some(audience) => {
                validation.set_audience(&[audience]);
                validation.set_required_spec_claims(&["exp", "sub", "aud"]);
            }
            None => {
                validation.validate_aud = false;
                validation.set_required_spec_claims(&["exp", "sub"]);
            }
        }
        let claims = decode::<Claims>(token, &key, &validation).map_err(|e| refused(&e))?.claims;
        Ok(identity(claims, None, now_ms, u64::MAX))
    }

    /// Each algorithm has its own keys, so that a public key is never taken for a secret.
    fn provider_key(&self, header: &Header) -> Option<DecodingKey> {
        match header.alg {
            Algorithm::HS256 => self.secret.clone(),
            Algorithm::EdDSA if header.kid.is_none() => self.eddsa.clone(),
            Algorithm::EdDSA => self.jwk(header).or_else(|| self.eddsa.clone()),
            Algorithm::ES256 | Algorithm::RS256 => self.jwk(header),
            _ => None,
        }
    }

    fn jwk(&self, header: &Header) -> Option<DecodingKey> {
        let (path, cached) = self.jwks.as_ref()?;
        let kid = header.kid.as_deref()?;
        let mut cached = cached.lock().unwrap_or_else(PoisonError::into_inner);
        if cached.0.find(kid).is_none() && cached.1.elapsed() >= JWKS_REREAD {
            // The provider may have rotated its keys.
            match read_jwks(path) {
                Ok(set) => *cached = (set, Instant::now()),
                Err(why) => {
                    tracing::warn!(%why, "the JWKS file could not be read again");
                    cached.1 = Instant::now();
                }
            }
        }
        let jwk = cached.0.find(kid)?;
        let asymmetric = !matches!(jwk.algorithm, jsonwebtoken::jwk::AlgorithmParameters::OctetKey(_));
        DecodingKey::from_jwk(jwk).ok().filter(|_| asymmetric)
    }
}

/// `None` where the token is not an assertion of one of the organisation's devices.
fn device_assertion(
    token: &str,
    kid: &str,
    now_ms: u64,
    team: impl FnOnce(&Id) -> Option<std::sync::Arc<Membership>>,
) -> Result<Option<Identity>, AuthError> {
    // Unverified, only to find the key that it must verify with.
    let Ok(unverified) = jsonwebtoken::dangerous::insecure_decode::<Claims>(token) else { return Ok(None) };
    let (Some(team), Ok(kid)) = (team(&unverified.claims.org), kid.parse::<Id>()) else { return Ok(None) };
    let Some(device) = team.devices.get(&kid) else { return Ok(None) };
    let key = device_key(device).ok_or_else(bad_token)?;
    let mut validation = Validation::new(Algorithm::ES256);
    validation.leeway = LEEWAY_S;
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[kid.as_str()]);
    validation.set_required_spec_claims(&["exp", "sub", "aud", "iss"]);
    let claims = decode::<Claims>(token, &key, &validation).map_err(|e| refused(&e))?.claims;
    if claims.sub != device.user || claims.iss.as_deref() != Some(kid.as_str()) {
        return Err(bad_token());
    }
    let Some(iat) = claims.iat else { return Err(bad_token()) };
    if iat.abs_diff(now_ms / 1000) > ASSERTION_S {
        let message = "the device's clock and the hub's differ by over two minutes; compare with GET /health";
        return Err(AuthError::new(FaultCode::TokenExpired, message));
    }
    if device.revoked {
        return Err(AuthError::new(FaultCode::Revoked, "this device was signed out"));
    }
    let latest = iat.saturating_add(SESSION_MAX_S);
    Ok(Some(identity(claims, Some(kid), now_ms, latest)))
}

/// The key of a device, where its coordinates are those of one.
fn device_key(device: &Device) -> Option<DecodingKey> {
    DecodingKey::from_ec_components(&device.x, &device.y).ok()
}

fn identity(claims: Claims, device: Option<Id>, now_ms: u64, latest: u64) -> Identity {
    let exp = claims.exp.min(latest);
    // Accepted within the leeway only: the session has the rest of the leeway.
    let ends = if exp.saturating_mul(1000) > now_ms { exp } else { exp.saturating_add(LEEWAY_S) };
    Identity { org: claims.org, user: claims.sub, device, expires_ms: ends.saturating_mul(1000) }
}

fn bad_token() -> AuthError {
    AuthError::new(FaultCode::Unauthorized, "the token does not verify; sign in again")
}

fn refused(e: &Error) -> AuthError {
    match e.kind() {
        // Claims are looked at only after the signature.
        ErrorKind::ExpiredSignature => {
            AuthError::new(FaultCode::TokenExpired, "the token has expired; get a new one")
        }
        _ => bad_token(),
    }
}

fn unreadable(name: &'static str, path: &std::path::Path, why: String) -> ConfigError {
    ConfigError::Unreadable { name, path: path.display().to_string(), why }
}

fn read_jwks(path: &std::path::Path) -> Result<JwkSet, String> {
    let text = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
    serde_json::from_str(&text).map_err(|e| e.to_string())
}

/// The organisation that a token claims to be for. Verify it before anything is done with it.
pub fn claimed_org(token: &str) -> Option<Id> {
    Some(jsonwebtoken::dangerous::insecure_decode::<Claims>(token).ok()?.claims.org)
}
