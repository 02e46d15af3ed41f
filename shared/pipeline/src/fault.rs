//! Ports that fail on purpose, before or after the effect.
