//! `cargo xtask image` and `cargo xtask deb`: what people install, made from one built binary.
//!
//! - `subject`: the binary, its version and the time that everything is dated with
//! - `staging`: a folder laid out as the installed files will be
//! - `image`: an OCI image in a file, made without a container engine; `libraries`: what the binary needs around it
//! - `deb`: a Debian package; `manual`: its manual page
//! - `licences`: those of the crates inside the binary
//! - `debian`: a clean Debian to try a package on
//!
//! Both are reproducible: one binary, one commit and one system give the same bytes.

mod deb;
mod debian;
mod image;
mod libraries;
mod licences;
mod manual;
mod staging;
mod subject;

pub(crate) use deb::main as deb;
pub(crate) use debian::main as debian;
pub(crate) use image::main as image;
