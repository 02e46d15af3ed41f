//! The stack on this machine: MiniStack, with the real template deployed into it by the real SAM CLI.
//!
//! `layout` is where things lie, `python` brings the tools, `emulator` starts and stops MiniStack, `deploy` puts the
//! stack into it, `tap` makes bus events visible, `authority` certifies keys, `env_file` says how to reach it all, `demo` shows that it works.

mod authority;
mod demo;
mod deploy;
mod emulator;
mod env_file;
mod layout;
mod media;
mod process;
mod python;
mod stamp;
mod tap;

pub(crate) use authority::certify;
pub(crate) use demo::{add_endpoints, arrived, run as run_demo, table as outcome_table};
pub(crate) use deploy::{NAME as STACK, deploy, fits};
pub(crate) use emulator::Emulator;
pub(crate) use env_file::EnvFile;
pub(crate) use layout::{Layout, absent};
pub(crate) use media::make_binary;
pub(crate) use python::tools;
pub(crate) use tap::tap;

/// The emulator's account has these keys; with them it is reached as its administrator.
pub(crate) const ACCESS_KEY: &str = "test";
/// The region of the emulator.
pub(crate) const REGION: &str = "eu-west-1";
