//! Ctrl-C while a command has something in hand that it must put back first.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Whether the person wants to stop.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    asked: Arc<AtomicBool>,
    /// Nothing is in hand: a signal may end the process as it does without this.
    idle: Arc<AtomicBool>,
}

/// Something is in hand until this is dropped.
#[derive(Debug)]
pub(crate) struct Held<'a>(&'a Stop);

impl Stop {
    /// Listens for Ctrl-C and for what a scheduler sends. While something is in hand, the first one only asks; a second
    /// one ends the process.
    pub(crate) fn listen() -> anyhow::Result<Self> {
        let stop = Self { asked: Arc::default(), idle: Arc::new(AtomicBool::new(true)) };
        for signal in [SIGINT, SIGTERM] {
            // In this order: what the signal finds when it comes decides.
            flag::register_conditional_default(signal, Arc::clone(&stop.idle))
                .and_then(|_| flag::register_conditional_default(signal, Arc::clone(&stop.asked)))
                .and_then(|_| flag::register(signal, Arc::clone(&stop.asked)))
                .context("listen for Ctrl-C")?;
        }
        Ok(stop)
    }

    /// Whether to come to an end.
    pub(crate) fn asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// Something is in hand from now on.
    pub(crate) fn hold(&self) -> Held<'_> {
        self.idle.store(false, Ordering::SeqCst);
        Held(self)
    }

    /// As Ctrl-C does.
    #[cfg(test)]
    pub(crate) fn ask(&self) {
        self.asked.store(true, Ordering::SeqCst);
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.idle.store(true, Ordering::SeqCst);
    }
}
