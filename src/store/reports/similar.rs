//! Which students' names are like a display name. It only ever suggests: a display name is free text, and two students can
//! share one.
//!
//! Names are folded (case, accents, punctuation) and compared word by word, in whatever order: `Ávila, Ana` is `ana avila`, and
//! a device's name that holds a student's (`Ana's iPad`) is a little like theirs. Words are compared by Jaro-Winkler.

use strsim::jaro_winkler;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Suggestions at most.
const MOST: usize = 3;
/// Words from this likeness on are the same.
const SAME: f64 = 0.88;
/// Names are alike from this share of same words on.
const ALIKE: f64 = 0.4;
/// Words of a name, and letters of a word, that are looked at: display names can be long.
const WORDS: usize = 8;
const LETTERS: usize = 32;

/// A name as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Folded(Vec<String>);

impl Folded {
    /// A name's words; letters that stand alone are none of a name's unless there is nothing else.
    pub(super) fn of(name: &str) -> Self {
        let plain: String = name
            .nfkd()
            .filter(|letter| !is_combining_mark(*letter))
            .take(WORDS * LETTERS)
            .flat_map(char::to_lowercase)
            .collect();
        let words = plain.split(|letter: char| !letter.is_alphanumeric());
        let words = words.filter(|word| !word.is_empty());
        let (mut long, short): (Vec<_>, Vec<_>) = words
            .map(|word| word.chars().take(LETTERS).collect::<String>())
            .partition(|word| word.chars().nth(1).is_some());
        if long.is_empty() {
            long = short;
        }
        long.truncate(WORDS);
        Self(long)
    }

    /// How alike two names are, 0 to 1: twice the likeness of the words that are the same, to the words of both.
    fn likeness(&self, other: &Self) -> f64 {
        let mut left: Vec<&String> = other.0.iter().collect();
        let mut same = 0.0;
        for word in &self.0 {
            let alike = left.iter().enumerate();
            let alike = alike.map(|(place, other)| (jaro_winkler(word, other), place));
            let best = alike.max_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((likeness, place)) = best.filter(|(likeness, _)| *likeness >= SAME) {
                left.swap_remove(place);
                same += likeness;
            }
        }
        let words = u32::try_from(self.0.len() + other.0.len()).unwrap_or(u32::MAX);
        2.0 * same / f64::from(words.max(1))
    }
}

/// The few students whose names are most like `name`, the most alike first; equals in the order given.
pub(super) fn suggest<'a, T>(name: &str, students: &'a [(Folded, T)]) -> Vec<&'a T> {
    let name = Folded::of(name);
    let mut alike: Vec<_> = students
        .iter()
        .map(|(student, id)| (name.likeness(student), id))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    alike.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    alike.into_iter().take(MOST).map(|(_, id)| id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASS: [&str; 6] = [
        "Ana Ávila",
        "Ben Okafor",
        "Anna Avilova",
        "Cleo O'Hara-Smith",
        "李小龙",
        "Bo Li",
    ];

    fn suggested(name: &str) -> Vec<&'static str> {
        let class: Vec<_> = CLASS.map(|student| (Folded::of(student), student)).into();
        suggest(name, &class).into_iter().copied().collect()
    }

    #[test]
    fn order_case_accents_and_punctuation_do_not_matter() {
        for name in [
            "ana avila",
            "AVILA, Ana",
            "Ana A\u{301}vila",
            "  ana_ávila ",
            "Ａna Avila",
        ] {
            assert_eq!(suggested(name)[0], "Ana Ávila", "{name}");
        }
        assert_eq!(suggested("smith ohara cleo"), ["Cleo O'Hara-Smith"]);
        assert_eq!(suggested("李小龙"), ["李小龙"]);
    }

    #[test]
    fn a_first_name_a_slip_and_a_device_are_still_like_their_student() {
        assert_eq!(suggested("Ben"), ["Ben Okafor"]);
        assert_eq!(suggested("Ben Okaforr"), ["Ben Okafor"]);
        assert_eq!(suggested("Ben's iPad"), ["Ben Okafor"]);
        assert_eq!(suggested("Cleo O"), ["Cleo O'Hara-Smith"]);
    }

    #[test]
    fn whoever_is_like_nobody_is_suggested_nobody() {
        for name in [
            "",
            "iPhone",
            "guest",
            "\u{202e}",
            "<script>alert(1)</script>",
        ] {
            assert!(suggested(name).is_empty(), "{name}");
        }
        assert!(suggested(&"x".repeat(500)).is_empty());
    }

    #[test]
    fn at_most_three_are_suggested_the_most_alike_first() {
        let twins = ["Sam A", "Sam B", "Sam C", "Samuel", "Sam"];
        let class: Vec<_> = twins.map(|student| (Folded::of(student), student)).into();
        let suggested: Vec<_> = suggest("Sam", &class).into_iter().copied().collect();
        assert_eq!(suggested, ["Sam A", "Sam B", "Sam C"]);
    }
}
