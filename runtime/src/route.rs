//! What a lookup answers.

/// Importance of a delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Priority {
    /// May wait.
    Low = 1,
    /// As usual.
    #[default]
    Normal = 2,
    /// Ahead of the others.
    High = 3,
}

impl Priority {
    /// The word of the definition language.
    pub const fn as_str(self) -> &'static str {
        match self {
            Priority::Low => "low",
            Priority::Normal => "normal",
            Priority::High => "high",
        }
    }

    pub(crate) const fn from_u8(number: u8) -> Priority {
        match number {
            1 => Priority::Low,
            3 => Priority::High,
            _ => Priority::Normal,
        }
    }
}
