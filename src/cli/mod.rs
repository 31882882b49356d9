//! The command line: one file per subcommand.

mod announcement;
mod applications;
mod block_list;
mod client;
mod config;
mod health;
mod host;
mod invitation;
mod json_lines;
mod key;
mod logging;
mod mail;
mod migrate;
mod moderation;
mod output;
mod password;
mod queue;
mod serve;
mod stderr;
mod user;
mod user_data;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, bail};
use clap::{Args, Parser, Subcommand};

use crate::{
    Context,
    config::{Config, Environment, Flags},
    context::Caller,
    server,
};

/// A Pump API server.
///
/// Without a command it serves. All settings can also be given in a file or in HYDRAULICS_*
/// environment variables; `hydraulics config` shows them all.
#[derive(Parser)]
#[command(name = "hydraulics", version, after_help = EXAMPLES)]
struct Cli {
    #[command(flatten)]
    settings: SettingArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  hydraulics                               try it out on http://127.0.0.1:8080
  hydraulics user add alice                make an account
  hydraulics --config /etc/hydraulics.toml serve
  hydraulics config > new.toml             begin a configuration file";

/// The settings that every command takes as flags.
#[derive(Args)]
struct SettingArgs {
    /// The configuration file [default: hydraulics.toml in this folder, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Where the world finds this server [default: http:// and the address]
    #[arg(long, global = true, value_name = "URL")]
    public_url: Option<String>,
    /// The folder for uploads and the SQLite file [default: data]
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<String>,
    /// sqlite:FILE or postgres://... [default: sqlite:hydraulics.sqlite in the data folder]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until told to stop (this is the default)
    Serve,
    /// Make, list, limit and remove accounts, and see who may act for them
    #[command(subcommand)]
    User(user::UserCommand),
    /// List and remove registered clients
    #[command(subcommand)]
    Client(client::ClientCommand),
    /// Block other hosts, and remove what they brought
    #[command(subcommand)]
    Host(host::HostCommand),
    /// See what waits to be delivered to other hosts, retry it or drop it
    Queue(queue::QueueArgs),
    /// Replace the key pair with which the server signs for other servers
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// See whether mail can be sent
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// Invite people to make an account
    #[command(subcommand)]
    Invitation(invitation::InvitationCommand),
    /// Tell all members something
    #[command(subcommand)]
    Announcement(announcement::AnnouncementCommand),
    /// See what moderators and admins did, newest first
    Audit,
    /// Bring the database up to date, and do nothing else
    ///
    /// `serve` does this too; use this to do it beforehand.
    Migrate,
    /// Print the effective configuration as a commented file, without its secrets
    Config,
    /// Ask the server that runs with this configuration whether it lives
    #[command(hide = true)]
    Health,
}

/// Setup shared by all commands.
struct Setup {
    config: Config,
    flags: Flags,
    environment: Environment,
}

/// Does what the arguments of the process say. Errors are one sentence on standard error, and code
/// 1; arguments that make no sense are code 2.
pub async fn run() -> ExitCode {
    let cli = Cli::parse();
    match Box::pin(dispatch(cli)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&output::error_sentence(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(cli: Cli) -> anyhow::Result<()> {
    let setup = Setup::new(cli.settings.into())?;
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => Box::pin(serve::run(&setup)).await,
        Command::User(command) => Box::pin(user::run(&setup, command)).await,
        Command::Client(command) => client::run(&setup, command).await,
        Command::Host(command) => host::run(&setup, command).await,
        Command::Queue(queue) => queue::run(&setup, queue).await,
        Command::Key(command) => key::run(&setup, command).await,
        Command::Mail(command) => mail::run(&setup, command).await,
        Command::Invitation(command) => invitation::run(&setup, command).await,
        Command::Announcement(command) => announcement::run(&setup, command).await,
        Command::Audit => moderation::audit(&setup).await,
        Command::Migrate => migrate::run(&setup).await,
        Command::Config => config::run(&setup),
        Command::Health => health::run(&setup).await,
    }
}

impl Setup {
    fn new(flags: Flags) -> anyhow::Result<Self> {
        let environment = Environment::of_process();
        Ok(Self {
            config: Config::load(&flags, &environment)?,
            flags,
            environment,
        })
    }

    /// Does the work of a command on what the server keeps.
    async fn with_context(
        &self,
        work: impl AsyncFnOnce(&Context) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        if self.config.listen.port() == 0 && self.config.public_url.is_none() {
            bail!(
                "with `listen` on port 0 the public URL is not known beforehand: set `public_url`"
            );
        }
        logging::install_for_command().context("the log can't be set up")?;
        let app = server::build_app(&self.config, self.config.listen).await?;
        let done = work(&app.context(Caller::Server)).await;
        app.storage().close().await;
        done
    }
}

impl From<SettingArgs> for Flags {
    fn from(args: SettingArgs) -> Self {
        Self {
            config: args.config,
            listen: args.listen,
            public_url: args.public_url,
            data_dir: args.data_dir,
            database_url: args.database_url,
        }
    }
}
