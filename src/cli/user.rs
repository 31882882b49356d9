//! `hydraulics user …`

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Subcommand;

use super::{
    Setup, applications, moderation,
    output::{print, table},
    password, user_data,
};
use crate::{
    Context,
    app::is_address,
    model::{Account, Nickname, Secret, Standing},
    service::{
        ErrorKind,
        accounts::{self, Registration},
        cleanup, second_factor,
    },
};

#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Make an account, also where registration is closed
    ///
    /// The password is asked for, or read as the first line of standard input.
    #[command(after_help = "\
Examples:
  hydraulics user add alice
  hydraulics user add alice --email alice@example.com < password.txt")]
    Add {
        /// 1 to 64 letters, digits, dots, dashes and underscores
        nickname: String,
        /// Where to send mail
        #[arg(long)]
        email: Option<String>,
    },
    /// List all accounts
    List,
    /// Give an account a new password
    ///
    /// The password is asked for, or read as the first line of standard input.
    #[command(after_help = "\
Examples:
  hydraulics user set-password alice
  hydraulics user set-password alice < password.txt
  hydraulics user set-password alice --revoke")]
    SetPassword {
        /// The name of the account
        nickname: String,
        /// Let no application act for it any more
        #[arg(long)]
        revoke: bool,
    },
    /// List the applications that may act for an account
    #[command(after_help = "Example:\n  hydraulics user applications alice")]
    Applications {
        /// The name of the account
        nickname: String,
    },
    /// Revoke an application's access
    #[command(after_help = "\
Examples:
  hydraulics user revoke alice KW4UDRAYSvSFuRJnqSxmFg
  hydraulics user revoke alice")]
    Revoke {
        /// The name of the account
        nickname: String,
        /// The id of the application, as `user applications` shows it [default: all of them]
        client: Option<String>,
    },
    /// Give an account a mail address that is known to be its owner's
    #[command(after_help = "Example:\n  hydraulics user email alice alice@example.com")]
    Email {
        /// The name of the account
        nickname: String,
        /// Where to send mail
        address: String,
    },
    /// Give an account a role, or take it
    #[command(after_help = "Example:\n  hydraulics user role alice admin")]
    Role {
        /// The name of the account
        nickname: String,
        /// admin, moderator or none
        role: String,
    },
    /// Let somebody in whose account waits for approval
    Approve(moderation::LimitArgs),
    /// Remove an account that waits for approval
    Reject(moderation::LimitArgs),
    /// Keep what somebody posts from all but their followers
    ///
    /// It is in no public list or search any more, and tells nobody but followers.
    #[command(after_help = "Example:\n  hydraulics user silence mallory --reason 'floods tags'")]
    Silence(moderation::LimitArgs),
    /// Lock somebody out, and show nothing of them to anybody, until they are restored
    #[command(after_help = "\
Examples:
  hydraulics user suspend mallory --reason spam
  hydraulics user suspend mallory@spam.example")]
    Suspend(moderation::LimitArgs),
    /// End all limits of somebody
    Restore(moderation::LimitArgs),
    /// Write what an account posted, with its files, into an archive (tar.gz)
    #[command(after_help = "Example:\n  hydraulics user export alice alice.tar.gz")]
    Export {
        /// The name of the account
        nickname: String,
        /// The file to make
        file: PathBuf,
    },
    /// Follow the people of a list (CSV, as Mastodon exports it) in the name of an account
    #[command(after_help = "Example:\n  hydraulics user import-follows alice following.csv")]
    ImportFollows {
        /// The name of the account
        nickname: String,
        /// The list
        file: PathBuf,
    },
    /// Name another account of a person, from which they may move here with their followers
    #[command(after_help = "\
Examples:
  hydraulics user alias alice add alice@mastodon.example
  hydraulics user alias alice remove https://mastodon.example/users/alice")]
    Alias {
        /// The name of the account
        nickname: String,
        /// add or remove
        #[arg(value_parser = ["add", "remove"])]
        action: String,
        /// The address of the other account, or its URL
        address: String,
    },
    /// Move somebody to an account elsewhere, which their followers follow from then on
    ///
    /// The other account must name this one among its own before, as its aliases.
    #[command(after_help = "Example:\n  hydraulics user move alice alice@mastodon.example")]
    Move {
        /// The name of the account
        nickname: String,
        /// The address of the other account, or its URL
        address: String,
    },
    /// Let an account sign in without a code, when its owner has lost the device
    ///
    /// Its password stays as it is, and its owner can set up another device.
    #[command(after_help = "Example:\n  hydraulics user reset-two-factor alice")]
    ResetTwoFactor {
        /// The name of the account
        nickname: String,
    },
    /// Remove an account, the access of its clients, and all that its owner made
    ///
    /// Nobody can have the name again.
    #[command(after_help = "Example:\n  hydraulics user remove alice")]
    Remove {
        /// The name of the account
        nickname: String,
    },
}

pub(super) async fn run(setup: &Setup, command: UserCommand) -> anyhow::Result<()> {
    setup
        .with_context(async |ctx| match command {
            UserCommand::Add { nickname, email } => Box::pin(add(ctx, nickname, email)).await,
            UserCommand::List => list(ctx).await,
            UserCommand::SetPassword { nickname, revoke } => {
                Box::pin(set_password(ctx, &nickname, revoke)).await
            }
            UserCommand::Applications { nickname } => {
                applications::list(ctx, &existing(ctx, &nickname).await?).await
            }
            UserCommand::Revoke { nickname, client } => {
                applications::revoke(ctx, &existing(ctx, &nickname).await?, client).await
            }
            UserCommand::Email { nickname, address } => {
                Box::pin(set_email(ctx, &nickname, &address)).await
            }
            UserCommand::Role { nickname, role } => moderation::role(ctx, &nickname, &role).await,
            UserCommand::Approve(args) => moderation::approve(ctx, &args).await,
            UserCommand::Reject(args) => moderation::reject(ctx, &args).await,
            UserCommand::Silence(args) => moderation::limit(ctx, &args, Standing::Silenced).await,
            UserCommand::Suspend(args) => moderation::limit(ctx, &args, Standing::Suspended).await,
            UserCommand::Restore(args) => moderation::limit(ctx, &args, Standing::Good).await,
            UserCommand::Export { nickname, file } => {
                let account = account(ctx, &nickname).await?;
                Box::pin(user_data::export(ctx, &account, &file)).await
            }
            UserCommand::ImportFollows { nickname, file } => {
                let account = account(ctx, &nickname).await?;
                Box::pin(user_data::import_follows(ctx, &account, &file)).await
            }
            UserCommand::Alias {
                nickname,
                action,
                address,
            } => {
                let account = account(ctx, &nickname).await?;
                user_data::change_alias(ctx, &account, &address, action == "add").await
            }
            UserCommand::Move { nickname, address } => {
                let account = account(ctx, &nickname).await?;
                Box::pin(user_data::move_to(ctx, &account, &address)).await
            }
            UserCommand::ResetTwoFactor { nickname } => reset_two_factor(ctx, &nickname).await,
            UserCommand::Remove { nickname } => Box::pin(remove(ctx, &nickname)).await,
        })
        .await
}

async fn add(ctx: &Context, nickname: String, email: Option<String>) -> anyhow::Result<()> {
    let parsed = parse(&nickname)?;
    if ctx.storage().find_account(&parsed).await?.is_some() {
        anyhow::bail!("there is an account '{nickname}' already");
    }
    let password = Secret::new(password::prompt(&nickname)?);
    let mut registration = Registration::new(nickname, password);
    registration.email = email;
    let account = match accounts::register(ctx, registration).await {
        Err(error) if error.kind() == ErrorKind::Conflict => anyhow::bail!(
            "the name '{parsed}' was given before, and is not given again: whoever has it would be \
             taken for who had it"
        ),
        made => made?,
    };
    print(&format!(
        "Created account {} ({}).",
        account.nickname, account.person
    ))?;
    Ok(())
}

async fn list(ctx: &Context) -> anyhow::Result<()> {
    let rows: Vec<_> = accounts::list(ctx)
        .await?
        .into_iter()
        .map(|account| {
            [
                account.nickname.to_string(),
                account.published.format("%Y-%m-%d").to_string(),
                account.role.as_str().to_owned(),
                account.standing.as_str().to_owned(),
                account.person,
                match (account.email, account.unconfirmed_email) {
                    (Some(email), _) => email,
                    (None, Some(email)) => format!("{email} (not confirmed)"),
                    (None, None) => String::new(),
                },
            ]
        })
        .collect();
    if rows.is_empty() {
        print("There are no accounts yet. `hydraulics user add NAME` makes one.")?;
    } else {
        print(&table(
            ["NICKNAME", "SINCE", "ROLE", "STANDING", "ID", "EMAIL"],
            &rows,
        ))?;
    }
    Ok(())
}

async fn set_password(ctx: &Context, nickname: &str, revoke: bool) -> anyhow::Result<()> {
    let nickname = existing(ctx, nickname).await?;
    let password = Secret::new(password::prompt(nickname.as_str())?);
    if revoke {
        accounts::reset_password(ctx, &nickname, &password).await?;
        print(&format!(
            "{nickname} has a new password, and no application may act for {nickname} any more."
        ))?;
    } else {
        accounts::set_password(ctx, &nickname, &password).await?;
        print(&format!("{nickname} has a new password."))?;
    }
    Ok(())
}

async fn set_email(ctx: &Context, nickname: &str, address: &str) -> anyhow::Result<()> {
    anyhow::ensure!(is_address(address), "'{address}' is no mail address");
    let nickname = existing(ctx, nickname).await?;
    accounts::set_email(ctx, &nickname, address).await?;
    print(&format!("Mail for {nickname} goes to {address}."))?;
    Ok(())
}

async fn reset_two_factor(ctx: &Context, nickname: &str) -> anyhow::Result<()> {
    let nickname = existing(ctx, nickname).await?;
    second_factor::turn_off(ctx, &nickname).await?;
    print(&format!(
        "{nickname} signs in with the password alone from now on."
    ))?;
    Ok(())
}

async fn remove(ctx: &Context, nickname: &str) -> anyhow::Result<()> {
    let nickname = parse(nickname)?;
    match accounts::remove(ctx, &nickname).await {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(unknown(nickname.as_str()));
        }
        done => done?,
    }
    if let Err(error) = cleanup::run_cleanup(ctx).await {
        tracing::warn!(%error, "the server clears away the rest");
    }
    print(&format!(
        "Removed the account {nickname}, the access of its clients, and what {nickname} posted. The \
         name stays taken."
    ))?;
    Ok(())
}

/// The name, if there is such an account: it is better said before a password is asked for.
async fn existing(ctx: &Context, nickname: &str) -> anyhow::Result<Nickname> {
    Ok(account(ctx, nickname).await?.nickname)
}

async fn account(ctx: &Context, nickname: &str) -> anyhow::Result<Account> {
    let found = ctx.storage().find_account(&parse(nickname)?).await?;
    found.ok_or_else(|| unknown(nickname))
}

fn unknown(nickname: &str) -> anyhow::Error {
    anyhow!("there is no account '{nickname}'; `hydraulics user list` shows them all")
}

fn parse(nickname: &str) -> anyhow::Result<Nickname> {
    Nickname::parse(nickname).map_err(|_| {
        anyhow!(
            "'{nickname}' can't be a nickname: it must be 1 to 64 letters, digits, dots, dashes \
             and underscores, and no word that the server needs for itself"
        )
    })
}
