//! Passwords that are tried first (RL S20): well-known words, alone or one after the other, with any digits and signs
//! around them; runs on the keyboard; and one thing over and over.

/// Words of passwords that everybody tries, longest first where one begins with another.
const WORDS: &[&str] = &[
    "abcdefghijklmnopqrstuvwxyz",
    "abcdefghij",
    "abcdefgh",
    "abcdef",
    "abcd",
    "abc",
    "access",
    "account",
    "adidas",
    "administrator",
    "admin",
    "advisor",
    "amanda",
    "america",
    "andrea",
    "andrew",
    "angel",
    "anthony",
    "apple",
    "arsenal",
    "asdfghjkl",
    "asdfgh",
    "asdf",
    "ashley",
    "august",
    "autumn",
    "babygirl",
    "bailey",
    "banana",
    "baseball",
    "basketball",
    "batman",
    "biology",
    "blink",
    "brandon",
    "buster",
    "butterfly",
    "campus",
    "carlos",
    "changeme",
    "change",
    "charlie",
    "cheese",
    "chelsea",
    "chocolate",
    "classroom",
    "college",
    "computer",
    "cookie",
    "correct",
    "battery",
    "horse",
    "staple",
    "daniel",
    "december",
    "default",
    "diamond",
    "dragon",
    "education",
    "email",
    "enter",
    "everton",
    "faculty",
    "family",
    "february",
    "flower",
    "football",
    "forever",
    "freedom",
    "friends",
    "fuckyou",
    "garden",
    "george",
    "ginger",
    "google",
    "guest",
    "hannah",
    "harley",
    "hello",
    "hockey",
    "house",
    "hunter",
    "iloveyou",
    "internet",
    "january",
    "jasmine",
    "jennifer",
    "jessica",
    "jesus",
    "jordan",
    "joshua",
    "justin",
    "killer",
    "kitty",
    "lakers",
    "letmein",
    "let",
    "me",
    "in",
    "liverpool",
    "login",
    "london",
    "love",
    "lovely",
    "maggie",
    "manager",
    "march",
    "marina",
    "martin",
    "master",
    "matrix",
    "matthew",
    "merlin",
    "mickey",
    "michael",
    "michelle",
    "monday",
    "money",
    "monkey",
    "mustang",
    "my",
    "naruto",
    "nicole",
    "ninja",
    "november",
    "october",
    "office",
    "orange",
    "passphrase",
    "password",
    "passw0rd",
    "passwort",
    "pass",
    "pepper",
    "photoshop",
    "please",
    "pokemon",
    "princess",
    "professor",
    "purple",
    "qazwsxedc",
    "qazwsx",
    "qwertyuiop",
    "qwertyui",
    "qwerty",
    "qwertz",
    "qwer",
    "rainbow",
    "registrar",
    "robert",
    "root",
    "samsung",
    "samantha",
    "school",
    "secret",
    "security",
    "september",
    "server",
    "shadow",
    "silver",
    "soccer",
    "spring",
    "staff",
    "starwars",
    "student",
    "summer",
    "sunday",
    "sunshine",
    "superman",
    "superuser",
    "support",
    "system",
    "teacher",
    "temporary",
    "temp",
    "testing",
    "test",
    "the",
    "thomas",
    "thunder",
    "tigger",
    "trustno",
    "university",
    "user",
    "welcome",
    "whatever",
    "william",
    "winter",
    "yankees",
    "yellow",
    "zaq",
    "zxcvbnm",
    "zxcvbn",
    "zxcv",
    "is",
    "and",
];

/// Whether a password in small letters is one of them.
pub(super) fn is_common(password: &str) -> bool {
    let core = password.trim_matches(|character: char| !character.is_alphabetic());
    let letters: String = core.chars().filter_map(letter).collect();
    is_run(password) || is_repeated(password) || is_words(&letters)
}

/// The letter that a character stands for; digits and signs that look like none stand for nothing.
fn letter(character: char) -> Option<char> {
    match character {
        '0' => Some('o'),
        '@' => Some('a'),
        '$' => Some('s'),
        other => other.is_alphabetic().then_some(other),
    }
}

/// Only words of the list, one after the other. The empty text is none.
fn is_words(letters: &str) -> bool {
    let mut reached = vec![false; letters.len() + 1];
    reached[0] = true;
    for at in 0..letters.len() {
        if reached[at] && letters.is_char_boundary(at) {
            let rest = &letters[at..];
            for word in WORDS.iter().filter(|word| rest.starts_with(**word)) {
                reached[at + word.len()] = true;
            }
        }
    }
    !letters.is_empty() && reached[letters.len()]
}

/// Each character follows the one before, or equals it: 123456789012, abcdefg, 987654.
fn is_run(password: &str) -> bool {
    let codes: Vec<i64> = password.chars().map(|character| i64::from(u32::from(character))).collect();
    let steps = codes.windows(2).map(|pair| pair[1] - pair[0]);
    let (mut up, mut down) = (true, true);
    for step in steps {
        up &= matches!(step, 0 | 1 | -9);
        down &= matches!(step, 0 | -1 | 9);
    }
    up || down
}

/// The same few characters again and again.
fn is_repeated(password: &str) -> bool {
    let characters: Vec<char> = password.chars().collect();
    (1..=3).any(|period| characters.iter().zip(characters.iter().skip(period)).all(|(one, next)| one == next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_first_is_known_in_its_usual_disguises() {
        for common in [
            "password",
            "p@ssw0rd2026!",
            "letmein123456",
            "qwerty12345678",
            "123123123123",
            "welcome2school!",
            "abcdefghijkl",
        ] {
            assert!(is_common(common), "{common}");
        }
        for fine in ["tuba lamp forest", "correct horse giraffe", "8294-1177-3051-0", "zwölf gläser wein"] {
            assert!(!is_common(fine), "{fine}");
        }
    }
}
