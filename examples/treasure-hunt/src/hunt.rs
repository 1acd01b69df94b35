//! The game itself, as far as its settings go.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::routes::Settings;

/// What the chest of this player holds: an item of the loot table, by weight. Weights
/// are pushed, so they may be anything an `int` may be.
pub fn loot<'a>(settings: &Settings<'a>, player: &str) -> &'a str {
    let mut hasher = DefaultHasher::new();
    player.hash(&mut hasher);
    let weight = |weight: i64| u128::try_from(weight).unwrap_or(0);
    let total: u128 = settings.loot_table().map(|row| weight(row.weight())).sum();
    let mut draw = u128::from(hasher.finish()) % total.max(1);
    for row in settings.loot_table() {
        let weight = weight(row.weight());
        if draw < weight {
            return row.item();
        }
        draw -= weight;
    }
    "nothing"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes;

    #[test]
    fn chests_hold_what_the_table_says() {
        let settings = routes::settings(&routes::TABLE);
        let dust = (0..1_000)
            .filter(|p| loot(&settings, &p.to_string()) == "dust")
            .count();
        assert!(
            (740..860).contains(&dust),
            "{dust} of 1,000 chests hold dust, not about 800"
        );
    }
}
