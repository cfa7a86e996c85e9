//! Devices on a hub that is killed and comes back: how long until all are up to date again, and how many of them knock at
//! once.

use crate::device::{self, Device};
use crate::process::HubProcess;
use crate::{Result, Row};
use std::path::Path;
use std::time::Duration;
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep};

const STEP: Duration = Duration::from_millis(10);
const WITHIN: Duration = Duration::from_secs(60);
/// As long as a restart takes where a supervisor does it.
const DOWN: Duration = Duration::from_secs(1);
/// Attempts are counted in windows of so many steps.
const WINDOW: usize = 10;

pub async fn run(hub: &Path, devices: usize) -> Result<Vec<Row>> {
    LocalSet::new().run_until(measure(hub, devices)).await
}

async fn measure(hub: &Path, count: usize) -> Result<Vec<Row>> {
    let mut hub = HubProcess::start(hub, count).await?;
    let devices = (0..count).map(|number| device::start(&hub.address, number)).collect::<Result<Vec<_>>>()?;
    all_online(&devices, |_| {}).await?;
    hub.kill().await?;
    while devices.iter().any(device::is_online) {
        sleep(STEP).await;
    }
    sleep(DOWN).await;
    let mut tries = vec![attempts(&devices)];
    hub.spawn()?;
    let took = all_online(&devices, |devices| tries.push(attempts(devices))).await?;
    let most = tries.windows(WINDOW + 1).map(|window| window[WINDOW] - window[0]).max().unwrap_or(0);
    let row = |metric: &str, value: f64, unit| Row {
        metric: format!("{metric}, {count} devices"),
        value,
        unit,
        runs: 1,
    };
    Ok(vec![
        row("hub started to all up to date", took.as_secs_f64() * 1000.0, "ms"),
        row("most attempts to connect in 100 ms", most as f64, "attempts"),
    ])
}

/// Waits until all are up to date; `meanwhile` is called every hundredth of a second.
async fn all_online(devices: &[Device], mut meanwhile: impl FnMut(&[Device])) -> Result<Duration> {
    let start = Instant::now();
    while !devices.iter().all(device::is_online) {
        if start.elapsed() > WITHIN {
            let online = devices.iter().filter(|device| device::is_online(device)).count();
            return Err(format!("after a minute {online} of {} devices are up to date", devices.len()).into());
        }
        sleep(STEP).await;
        meanwhile(devices);
    }
    Ok(start.elapsed())
}

fn attempts(devices: &[Device]) -> usize {
    devices.iter().map(|device| device.transport().tries.get()).sum()
}
