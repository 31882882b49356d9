//! How servers find each other, prove to each other who they are, and sign their requests.

mod claims;
mod credentials;
mod discovery;
mod stub;
