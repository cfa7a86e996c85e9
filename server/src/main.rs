//! `wedsync-hub`: the hub as one binary.

use clap::{Parser, Subcommand};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use wedsync_domain::{Id, Role};
use wedsync_hub::auth::Auth;
use wedsync_hub::hub::{DATABASE, Hub, fresh_id, now_ms, random, yjs_client};
use wedsync_hub::membership::{INVITE_MS, Invite, Member, code, code_hash};
use wedsync_hub::room::Room;
use wedsync_hub::store::{self, Backup, Restored, SqliteStore};
use wedsync_hub::{demo, http};

/// How long open requests may take to end after the sessions were told.
const DRAIN_WITHIN: Duration = Duration::from_secs(5);

#[derive(Parser)]
#[command(name = "wedsync-hub", version, about = "Judges, commits and shares the plan of a team")]
struct Args {
    #[command(subcommand)]
    command: Do,
}

#[derive(Subcommand)]
enum Do {
    /// Serves until Ctrl-C.
    Serve {
        /// Where to listen.
        #[arg(long, env = "WEDSYNC_LISTEN", default_value = "127.0.0.1:8787")]
        listen: SocketAddr,
        /// The folder of the database.
        #[arg(long, env = "WEDSYNC_DATA", default_value = "./data")]
        data: PathBuf,
        /// The built web app to serve.
        #[arg(long, env = "WEDSYNC_WWW")]
        www: Option<PathBuf>,
        /// Fills a demo organisation on the first start and prints links that sign in as its people.
        #[arg(long)]
        demo: bool,
    },
    /// Creates an organisation and prints the code by which its first owner joins. Not while the hub serves.
    CreateOrg {
        org: Id,
        #[arg(long)]
        name: String,
        #[arg(long)]
        owner_name: String,
        /// The owner's id at the identity provider, where there is one.
        #[arg(long)]
        owner: Option<Id>,
        #[arg(long, env = "WEDSYNC_DATA", default_value = "./data")]
        data: PathBuf,
    },
    /// Writes a consistent copy of the database to FILE, also while the hub serves.
    Backup {
        file: PathBuf,
        #[arg(long, env = "WEDSYNC_DATA", default_value = "./data")]
        data: PathBuf,
    },
    /// Puts a backup in the place of the database, which is kept beside it. Not while the hub serves.
    Restore {
        file: PathBuf,
        #[arg(long, env = "WEDSYNC_DATA", default_value = "./data")]
        data: PathBuf,
        /// Devices do not send again what they stored after the backup: it is to be undone.
        #[arg(long)]
        forget: bool,
    },
}

#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Start(#[from] wedsync_hub::store::StartError),
    #[error(transparent)]
    Config(#[from] wedsync_hub::auth::ConfigError),
    #[error(transparent)]
    Store(#[from] wedsync_hub::store::StoreError),
    #[error(transparent)]
    Backup(#[from] wedsync_hub::store::BackupError),
    #[error(transparent)]
    Restore(#[from] wedsync_hub::store::RestoreError),
    #[error(transparent)]
    Demo(#[from] demo::DemoError),
    #[error(
        "port {0} is taken: is another hub running? Choose another with --listen 127.0.0.1:{1} or WEDSYNC_LISTEN"
    )]
    PortTaken(u16, u16),
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    #[error("the web app is not at {0}: build it first, or name its folder with --www")]
    NoWww(String),
    #[error("the organisation '{0}' exists already")]
    OrgExists(Id),
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("WEDSYNC_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(Args::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("wedsync-hub: {e}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Do) -> Result<(), RunError> {
    match command {
        Do::Serve { listen, data, www, demo } => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(serve(listen, &data, www.as_deref(), demo))
        }
        Do::CreateOrg { org, name, owner_name, owner, data } => {
            create_org(&org, &name, &owner_name, owner, &data)
        }
        Do::Backup { file, data } => {
            let made = store::backup(&data.join(DATABASE), &file)?;
            let Backup { bytes, organisations } = made;
            println!("{}: {bytes} bytes, organisations: {organisations}", file.display());
            Ok(())
        }
        Do::Restore { file, data, forget } => restore(&data.join(DATABASE), &file, forget),
    }
}

async fn serve(listen: SocketAddr, data: &Path, www: Option<&Path>, demo: bool) -> Result<(), RunError> {
    let auth = Auth::from_env()?;
    if let Some(dir) = www.filter(|dir| !dir.join("index.html").is_file()) {
        return Err(RunError::NoWww(dir.display().to_string()));
    }
    let listener = TcpListener::bind(listen).await.map_err(|e| match e.kind() {
        std::io::ErrorKind::AddrInUse => RunError::PortTaken(listen.port(), listen.port().saturating_add(1)),
        _ => RunError::Listen(listen, e),
    })?;
    let address = format!("http://{}", listener.local_addr()?);
    let _folder = store::take(data)?;
    if demo {
        store::prepare(&data.join(DATABASE))?;
        let links = demo::fill(data, now_ms(), yjs_client())?;
        for link in links {
            println!("  {:<12} {:<18} {address}/#join={}", link.role.name(), link.name, link.code);
        }
    }
    let origins = std::env::var("WEDSYNC_ALLOWED_ORIGINS").unwrap_or_default();
    let origins = origins.split([',', ' ']).filter(|o| !o.is_empty()).map(str::to_owned).collect();
    let hub = Arc::new(Hub::open(data, auth, origins)?);
    println!("ready {address}");
    std::io::stdout().flush()?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "serving");

    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut stopping = stopped.clone();
    let app = http::router(hub.clone(), www);
    let serving = wedsync_hub::serve::serve(listener, app, wedsync_hub::serve::HEAD_WITHIN, async move {
        let _ = stopping.wait_for(|stop| *stop).await;
    });
    let ending = async {
        interrupted().await;
        tracing::info!("stopping");
        stop.send_replace(true);
        hub.stop().await;
        tokio::time::sleep(DRAIN_WITHIN).await;
    };
    tokio::select! {
        () = serving => {}
        () = ending => {}
    }
    // Serving may end first, when no connection is open; the commit must end all the same.
    hub.stop().await;
    Ok(())
}

#[cfg(unix)]
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut term) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
    }
}

#[cfg(not(unix))]
async fn interrupted() {
    let _ = tokio::signal::ctrl_c().await;
}

fn restore(database: &Path, file: &Path, forget: bool) -> Result<(), RunError> {
    let Restored { organisations, kept, unreadable } = store::restore(database, file, now_ms(), !forget)?;
    println!("restored from {}, organisations: {organisations}", file.display());
    if let Some(kept) = kept {
        println!("the database of before is kept as {}", kept.display());
    }
    println!(
        "{}",
        match forget {
            false => "devices send again what was stored after the backup, when they next connect",
            true => "devices forget what was stored after the backup, when they next connect",
        }
    );
    if let Some(why) = unreadable {
        eprintln!(
            "wedsync-hub: the database of before could not be read ({why}): members, devices and invitations are \
             those of the backup; look through them"
        );
    }
    Ok(())
}

fn create_org(
    org: &Id,
    name: &str,
    owner_name: &str,
    owner: Option<Id>,
    data: &Path,
) -> Result<(), RunError> {
    let database = data.join(DATABASE);
    let _folder = store::take(data)?;
    store::prepare(&database)?;
    if SqliteStore::orgs(&database)?.contains(org) {
        return Err(RunError::OrgExists(org.clone()));
    }
    let mut room = Room::open(SqliteStore::open(&database, org)?, yjs_client())?;
    let user = owner.unwrap_or_else(fresh_id);
    let code = code(random());
    let now_ms = now_ms();
    let invite = Invite {
        hash: code_hash(&code),
        user: Some(user.clone()),
        role: Role::Owner,
        name: owner_name.to_owned(),
        helper: None,
        expires_ms: now_ms + INVITE_MS,
        single_use: true,
        by: None,
        used_by: None,
    };
    let made = room.edit(now_ms, |team| {
        team.create_org(name);
        team.put_member(Member { user, name: owner_name.to_owned(), role: Role::Owner, helper: None });
        team.put_invite(invite);
        Ok(())
    });
    // Nothing in it can be refused: there is no team yet.
    if made.is_ok() {
        room.commit()?;
    }
    println!("{code}");
    Ok(())
}
