//! Clients: registering, changing, listing and removing them (pump-api 3).

#[cfg(test)]
mod tests;

use chrono::TimeDelta;
use serde_json::{Map, Value};
use url::Url;

use super::{Error, ErrorKind, Result};
use crate::{
    Context,
    app::is_address,
    model::{Client, ClientIdentity, ClientKind, Secret, is_blank, single_line},
    protocol::oauth2::redirect::is_of_an_application,
    storage::{Change, StorageError},
};

/// How long a client that no person has let in is kept.
const MAX_UNUSED: TimeDelta = TimeDelta::days(7);

/// How long the client of another server is kept without being seen: that server registers again.
const MAX_UNUSED_PROVEN: TimeDelta = TimeDelta::days(30);

/// How many clients another server may have for one identity: each of its nodes may register one at
/// the same time.
const MAX_CLIENTS_OF_IDENTITY: usize = 3;

/// The most bytes of all that a client says of itself.
const MAX_CLIENT_BYTES: usize = 8 * 1024;

/// Validated registration of a client. Absent properties are `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientRegistration {
    purpose: RegistrationPurpose,
    kind: Option<ClientKind>,
    name: Option<String>,
    description: Option<String>,
    logo_url: Option<String>,
    contacts: Option<Vec<String>>,
    redirect_uris: Option<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum RegistrationPurpose {
    Associate,
    Update { id: String, secret: Secret },
}

impl ClientRegistration {
    /// Reads what a client sent to `POST /api/client/register`. Keys we don't know are ignored;
    /// `null` and the empty string are nothing. Fails with 400 and the sentences of pump-api 3.1.
    pub(crate) fn parse(fields: &Map<String, Value>) -> Result<Self> {
        let has = |name| !matches!(fields.get(name), None | Some(Value::Null));
        let refuse = |message: &str| Err(Error::bad_request(message));
        let Some(purpose) = fields.get("type").filter(|_| has("type")) else {
            return refuse("No registration type provided");
        };
        let is_update = purpose == "client_update";
        if has("client_id") && !is_update {
            return refuse("Only set client_id for update.");
        }
        if has("access_token") {
            return refuse("access_token not needed for registration.");
        }
        if has("client_secret") && !is_update {
            return refuse("Only set client_secret for update.");
        }
        check_lengths(fields)?;
        let mut registration = Self {
            purpose: RegistrationPurpose::Associate,
            contacts: parse_contacts(fields)?,
            kind: parse_kind(fields)?,
            name: parse_name(fields)?,
            description: text(fields, "description")?,
            logo_url: parse_logo(fields)?,
            redirect_uris: parse_redirect_uris(fields)?,
        };
        if is_update {
            let Some(id) = text(fields, "client_id")? else {
                return refuse("client_id is needed for update.");
            };
            let secret = Secret::new(text(fields, "client_secret")?.unwrap_or_default());
            registration.purpose = RegistrationPurpose::Update { id, secret };
        } else if purpose != "client_associate" {
            return refuse("Invalid registration type");
        }
        Ok(registration)
    }

    fn apply_to(self, client: &mut Client) {
        fn set<T>(place: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *place = value;
            }
        }
        set(&mut client.kind, self.kind);
        set(&mut client.name, self.name.map(Some));
        set(&mut client.description, self.description.map(Some));
        set(&mut client.logo_url, self.logo_url.map(Some));
        set(&mut client.contacts, self.contacts);
        set(&mut client.redirect_uris, self.redirect_uris);
    }
}

/// Makes a new client or changes one, and gives it as it is then. An update requires the client's
/// secret, else 403. A new client has the identity that it proved, and the oldest of that identity
/// are removed.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn register(
    ctx: &Context,
    registration: ClientRegistration,
    identity: Option<ClientIdentity>,
) -> Result<Client> {
    let is_new = registration.purpose == RegistrationPurpose::Associate;
    let mut client = match &registration.purpose {
        RegistrationPurpose::Associate => new_client(ctx, identity),
        RegistrationPurpose::Update { id, secret } => ctx
            .storage()
            .find_client(id)
            .await?
            .filter(|client| client.secret == *secret)
            .ok_or_else(|| Error::forbidden("Unauthorized"))?,
    };
    registration.apply_to(&mut client);
    if size_of(&client) > MAX_CLIENT_BYTES {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!(
                "All that a client says of itself can't be more than {MAX_CLIENT_BYTES} bytes."
            ),
        ));
    }
    client.updated = ctx.now();
    ctx.storage()
        .commit(vec![Change::PutClient(client.clone())])
        .await?;
    if let Some(identity) = client.identity.as_ref().filter(|_| is_new) {
        remove_oldest(ctx, &client, identity).await?;
    }
    Ok(client)
}

/// Removes the oldest clients of the identity of a new one, but for as many as it may have.
async fn remove_oldest(ctx: &Context, client: &Client, identity: &ClientIdentity) -> Result<()> {
    let storage = ctx.storage();
    let mut others = storage.list_clients_of(identity).await?;
    others.retain(|other| other.id != client.id);
    let surplus = others.len().saturating_sub(MAX_CLIENTS_OF_IDENTITY - 1);
    for other in others.drain(..surplus) {
        match storage.commit(vec![Change::RemoveClient(other.id)]).await {
            // Another registration has just done it.
            Ok(()) | Err(StorageError::Missing(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Forgets clients that have waited too long for their first token of a person, and those of other
/// servers that were not seen for long. To be called now and then.
pub(crate) async fn forget_unused(ctx: &Context) -> Result<()> {
    let before = (ctx.now() - MAX_UNUSED).timestamp();
    let proven_before = (ctx.now() - MAX_UNUSED_PROVEN).timestamp();
    let storage = ctx.storage();
    Ok(storage.forget_unused_clients(before, proven_before).await?)
}

/// All clients, oldest first.
#[cfg(feature = "cli")]
pub(crate) async fn list(ctx: &Context) -> Result<Vec<Client>> {
    Ok(ctx.storage().list_clients().await?)
}

/// Removes a client with its tokens; 404 if there is none.
#[tracing::instrument(level = "debug", skip_all)]
#[cfg(feature = "cli")]
pub(crate) async fn remove(ctx: &Context, id: &str) -> Result<()> {
    let change = Change::RemoveClient(id.to_owned());
    match ctx.storage().commit(vec![change]).await {
        Err(crate::storage::StorageError::Missing(_)) => Err(Error::new(
            ErrorKind::NotFound,
            format!("There is no client '{id}'."),
        )),
        result => Ok(result?),
    }
}

fn new_client(ctx: &Context, identity: Option<ClientIdentity>) -> Client {
    Client {
        unused_since: Some(ctx.now()),
        identity,
        ..Client::new(
            ctx.app().entropy().token::<16>(),
            Secret::new(ctx.app().entropy().token::<32>()),
            ClientKind::Native,
            ctx.now(),
        )
    }
}

/// How many bytes a client says of itself.
fn size_of(client: &Client) -> usize {
    let one = [&client.name, &client.description, &client.logo_url];
    let many = [&client.contacts, &client.redirect_uris];
    let texts = one.into_iter().flatten().chain(many.into_iter().flatten());
    texts.map(String::len).sum()
}

/// Refuses what is too long: the name goes with every activity, and all of it is kept for ever.
fn check_lengths(fields: &Map<String, Value>) -> Result<()> {
    for (name, most) in [
        ("application_name", 200),
        ("description", 2_000),
        ("logo_url", 2_000),
        ("contacts", 2_000),
        ("redirect_uris", 2_000),
    ] {
        let text = fields.get(name).and_then(Value::as_str).unwrap_or_default();
        if text.chars().count() > most {
            return Err(Error::bad_request(format!(
                "{name} can't be longer than {most} characters."
            )));
        }
    }
    Ok(())
}

/// The string of that name, if there is one with something in it.
fn text(fields: &Map<String, Value>, name: &str) -> Result<Option<String>> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => Err(Error::bad_request(format!("{name} must be a string."))),
    }
}

/// The name, as one line: it stands beside every activity, and where people allow the client.
fn parse_name(fields: &Map<String, Value>) -> Result<Option<String>> {
    let name = text(fields, "application_name")?;
    let name = name.map(|name| single_line(&name));
    Ok(name.filter(|name| !is_blank(name)))
}

fn parse_contacts(fields: &Map<String, Value>) -> Result<Option<Vec<String>>> {
    let text = text(fields, "contacts").map_err(|_| {
        Error::bad_request("contacts must be a string of space-separated email addresses.")
    })?;
    parse_words(text, is_address)
        .map_err(|()| Error::bad_request("contacts must be space-separate email addresses."))
}

fn parse_kind(fields: &Map<String, Value>) -> Result<Option<ClientKind>> {
    let unknown = || Error::bad_request("Unknown application_type.");
    text(fields, "application_type")
        .map_err(|_| unknown())?
        .map(|kind| ClientKind::parse(&kind).ok_or_else(unknown))
        .transpose()
}

fn parse_logo(fields: &Map<String, Value>) -> Result<Option<String>> {
    let invalid = || Error::bad_request("Invalid logo_url.");
    match text(fields, "logo_url").map_err(|_| invalid())? {
        Some(url) if !is_web_url(&url) => Err(invalid()),
        url => Ok(url),
    }
}

fn parse_redirect_uris(fields: &Map<String, Value>) -> Result<Option<Vec<String>>> {
    let invalid = || Error::bad_request("redirect_uris must be space-separated URLs.");
    let text = text(fields, "redirect_uris").map_err(|_| invalid())?;
    // Two URLs with nothing between them would pass as one.
    let is_glued = |url: &str| url.matches("http:").count() + url.matches("https:").count() > 1;
    parse_words(text, |url| {
        is_web_url(url) && !is_glued(url) || is_of_an_application(url)
    })
    .map_err(|()| invalid())
}

/// The words of a text, each of which must be fitting.
fn parse_words(
    text: Option<String>,
    fits: impl Fn(&str) -> bool,
) -> Result<Option<Vec<String>>, ()> {
    let Some(text) = text else { return Ok(None) };
    text.split(' ')
        .filter(|word| !word.is_empty())
        .map(|word| fits(word).then(|| word.to_owned()).ok_or(()))
        .collect::<Result<_, ()>>()
        .map(Some)
}

/// Whether a text is a web address with a dot in its host, as the reference wants it.
fn is_web_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some_and(|host| host.contains(['.', ':']))
    })
}
