//! Lists of blocked hosts, as CSV in the format of Mastodon.

use std::collections::HashSet;

use csv::{ReaderBuilder, StringRecord, Writer};

use super::blocks;
use crate::{
    Context,
    model::{HostBlock, host_name},
    service::{Error, ErrorKind, Result},
};

/// The columns of a list that is exported. Mastodon ignores those that it does not know.
const COLUMNS: [&str; 4] = ["#domain", "#severity", "#public_comment", "#subdomains"];

/// The severity of a block: the others of Mastodon have no counterpart here.
const SUSPENDED: &str = "suspend";

/// Outcome of an import.
#[derive(Debug, Default)]
pub(crate) struct Imported {
    /// Hosts that are blocked now.
    pub(crate) blocked: Vec<String>,
    /// How many were blocked before.
    pub(crate) unchanged: u32,
    /// Domains that can't be blocked, and why.
    pub(crate) skipped: Vec<(String, String)>,
}

/// Blocks the hosts of a list, and those below them. Blocks that are there stay as they are.
///
/// Errors: 400 for what is no such list.
pub(crate) async fn import(ctx: &Context, list: &[u8]) -> Result<Imported> {
    let mut list = ReaderBuilder::new().flexible(true).from_reader(list);
    let columns = Columns::of(list.headers().map_err(|error| unreadable(&error))?)?;
    let known = blocks::list(ctx).await?.into_iter();
    let mut known: HashSet<String> = known.map(|block| block.host).collect();
    let mut imported = Imported::default();
    for row in list.records() {
        let row = row.map_err(|error| unreadable(&error))?;
        let domain = columns.domain(&row).to_owned();
        let name = match columns.host(&row) {
            Ok(name) => name,
            Err(reason) => {
                imported.skipped.push((domain, reason));
                continue;
            }
        };
        if !known.insert(name.clone()) {
            imported.unchanged += 1;
            continue;
        }
        let block = blocks::block(ctx, &name, columns.subdomains(&row), columns.reason(&row));
        match block.await {
            Err(error) if error.kind() == ErrorKind::BadRequest => {
                imported.skipped.push((domain, "it is this server".into()));
            }
            done => {
                done?;
                imported.blocked.push(name);
            }
        }
    }
    Ok(imported)
}

/// Returns all blocks as a list.
pub(crate) async fn export(ctx: &Context) -> Result<String> {
    let mut list = Writer::from_writer(Vec::new());
    list.write_record(COLUMNS).map_err(Error::internal)?;
    for block in blocks::list(ctx).await? {
        let HostBlock {
            host,
            subdomains,
            reason,
            ..
        } = block;
        let subdomains = if subdomains { "true" } else { "false" };
        let reason = reason.unwrap_or_default();
        let row = [&*host, SUSPENDED, &reason, subdomains];
        list.write_record(row).map_err(Error::internal)?;
    }
    let list = list
        .into_inner()
        .map_err(|error| Error::internal(error.to_string()))?;
    String::from_utf8(list).map_err(Error::internal)
}

fn unreadable(error: &csv::Error) -> Error {
    Error::bad_request(format!("The list can't be read: {error}")).phrased("failure-list")
}

/// Where the columns are.
struct Columns {
    domain: usize,
    severity: Option<usize>,
    reason: Option<usize>,
    subdomains: Option<usize>,
}

impl Columns {
    fn of(headline: &StringRecord) -> Result<Self> {
        let find = |name: &str| headline.iter().position(|it| it.trim() == name);
        let [domain, severity, reason, subdomains] = COLUMNS.map(find);
        let missing = "the list has no column '#domain' in its first line";
        Ok(Self {
            domain: domain.ok_or_else(|| Error::bad_request(missing))?,
            severity,
            reason,
            subdomains,
        })
    }

    fn domain<'a>(&self, row: &'a StringRecord) -> &'a str {
        row.get(self.domain).unwrap_or_default().trim()
    }

    /// The name of the host that a row blocks, or the reason why it is none.
    fn host(&self, row: &StringRecord) -> Result<String, String> {
        let domain = self.domain(row);
        let name = host_name(domain).filter(|_| !domain.contains('*'));
        let name = name.ok_or_else(|| "it is no name of a host".to_owned())?;
        match cell(row, self.severity) {
            None | Some(SUSPENDED) => Ok(name),
            Some(severity) => Err(format!("its severity is '{severity}'")),
        }
    }

    fn reason(&self, row: &StringRecord) -> Option<String> {
        cell(row, self.reason).map(str::to_owned)
    }

    /// Mastodon blocks the hosts below a domain, too.
    fn subdomains(&self, row: &StringRecord) -> bool {
        cell(row, self.subdomains) != Some("false")
    }
}

/// A cell that is not empty.
fn cell(row: &StringRecord, column: Option<usize>) -> Option<&str> {
    let text = row.get(column?)?.trim();
    (!text.is_empty()).then_some(text)
}
