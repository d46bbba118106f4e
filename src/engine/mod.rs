//! (room; see ARCHITECTURE.md)
