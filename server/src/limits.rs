//! How much one person may ask of the hub.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use wedsync_domain::Id;

/// Mutations a second of one device, and how many at once after a quiet time (a day's queue drains in seconds). The
/// lasting rate is far above what people do, and slow enough that nobody fills a document within an evening's work.
const RATE: f64 = 200.0;
const BURST: f64 = 20_000.0;
/// Open connections of one person.
const CONNECTIONS_MAX: usize = 64;
/// Buckets that are full again are forgotten when there are this many.
const BUCKETS_KEPT: usize = 10_000;

#[derive(Debug)]
pub struct Bucket {
    state: Mutex<(f64, Instant)>,
    rate: f64,
    burst: f64,
}

impl Bucket {
    pub fn new(rate: f64, burst: f64) -> Bucket {
        Bucket { state: Mutex::new((burst, Instant::now())), rate, burst }
    }

    /// Takes some, or answers in how many milliseconds they will be there.
    pub fn take(&self, amount: f64) -> Result<(), u32> {
        let mut state = lock(&self.state);
        // More than fits is paid with all there is: it must not wait for ever.
        let amount = amount.min(self.burst);
        let now = Instant::now();
        let level = (state.0 + now.duration_since(state.1).as_secs_f64() * self.rate).min(self.burst);
        *state = (level, now);
        if level >= amount {
            state.0 = level - amount;
            Ok(())
        } else {
            Err(((amount - level) / self.rate * 1000.0).ceil() as u32)
        }
    }

    fn is_full(&self) -> bool {
        let state = lock(&self.state);
        state.0 + state.1.elapsed().as_secs_f64() * self.rate >= self.burst
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Organisation, person, and device where the token names one.
pub type Key = (Id, Id, Option<Id>);

#[derive(Debug)]
pub struct Limits {
    buckets: Mutex<HashMap<Key, Arc<Bucket>>>,
    connections: Arc<Mutex<HashMap<(Id, Id), usize>>>,
    /// For calls without a token: guessing codes is hopeless, and this keeps it cheap.
    pub strangers: Bucket,
    rate: f64,
    burst: f64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::new(RATE, BURST)
    }
}

impl Limits {
    /// Mutations a second of one device, and how many at once.
    pub fn new(rate: f64, burst: f64) -> Limits {
        let strangers = Bucket::new(20.0, 200.0);
        Limits { buckets: Mutex::default(), connections: Arc::default(), strangers, rate, burst }
    }

    pub fn bucket(&self, key: Key) -> Arc<Bucket> {
        let mut buckets = lock(&self.buckets);
        if buckets.len() >= BUCKETS_KEPT {
            buckets.retain(|_, b| Arc::strong_count(b) > 1 || !b.is_full());
        }
        buckets.entry(key).or_insert_with(|| Arc::new(Bucket::new(self.rate, self.burst))).clone()
    }

    /// A place among a person's connections, given back when dropped.
    pub fn connection(&self, org: &Id, user: &Id) -> Option<Permit> {
        let person = (org.clone(), user.clone());
        let mut connections = lock(&self.connections);
        let count = connections.entry(person.clone()).or_default();
        if *count >= CONNECTIONS_MAX {
            return None;
        }
        *count += 1;
        Some(Permit { connections: self.connections.clone(), person })
    }
}

#[derive(Debug)]
pub struct Permit {
    connections: Arc<Mutex<HashMap<(Id, Id), usize>>>,
    person: (Id, Id),
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut connections = lock(&self.connections);
        if let Some(count) = connections.get_mut(&self.person) {
            *count -= 1;
            if *count == 0 {
                connections.remove(&self.person);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_says_when_to_come_back() {
        let bucket = Bucket::new(1000.0, 10.0);
        assert_eq!(bucket.take(10.0), Ok(()));
        let wait = bucket.take(5.0).unwrap_err();
        assert!((1..=5).contains(&wait), "{wait}");
    }

    #[test]
    fn a_person_has_so_many_connections() {
        let limits = Limits::default();
        let (org, user): (Id, Id) = ("o".parse().unwrap(), "u".parse().unwrap());
        let held: Vec<_> = (0..CONNECTIONS_MAX).map(|_| limits.connection(&org, &user).unwrap()).collect();
        assert!(limits.connection(&org, &user).is_none());
        assert!(limits.connection(&org, &"other".parse().unwrap()).is_some());
        drop(held);
        assert!(limits.connection(&org, &user).is_some());
    }
}
