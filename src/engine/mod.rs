//! The engine (引擎): what runs by itself.

pub mod deliver;
