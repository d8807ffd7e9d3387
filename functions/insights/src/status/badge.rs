//! The badge: small, readable by people and by programs that read aloud.

use super::PublicStatus;

/// White on each of these is easy to read (WCAG AA, 4.5 : 1 at least); a test works it out.
const fn colour(status: PublicStatus) -> &'static str {
    match status {
        PublicStatus::Operational => "#1a7f37",
        PublicStatus::Degraded => "#9a5b00",
        PublicStatus::Down => "#c4001a",
        PublicStatus::Maintenance => "#0b5fc0",
        PublicStatus::Unknown => "#57606a",
    }
}

/// The picture. `domain` is a label: it has no character that means something in XML.
pub fn draw(domain: &str, status: PublicStatus) -> String {
    let (word, colour) = (status.name(), colour(status));
    // As wide as the word is in the fonts below, or stretched to it.
    let text = 7 * word.len();
    let right = text + 12;
    let (width, middle) = (50 + right, 50 + right / 2);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{domain}: {word}"><title>{domain}: {word}</title><clipPath id="r"><rect width="{width}" height="20" rx="3"/></clipPath><g clip-path="url(#r)"><path fill="#24292f" d="M0 0h50v20H0z"/><path fill="{colour}" d="M50 0h{right}v20H50z"/></g><g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" aria-hidden="true"><text x="25" y="14" textLength="38">status</text><text x="{middle}" y="14" textLength="{text}">{word}</text></g></svg>
"##
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [PublicStatus; 5] = [
        PublicStatus::Operational,
        PublicStatus::Degraded,
        PublicStatus::Down,
        PublicStatus::Maintenance,
        PublicStatus::Unknown,
    ];

    /// Relative luminance, as WCAG 2 has it.
    fn luminance(colour: &str) -> f64 {
        let part = |from: usize| {
            let value = f64::from(u8::from_str_radix(&colour[from..from + 2], 16).unwrap()) / 255.0;
            if value <= 0.03928 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126f64.mul_add(part(1), 0.7152f64.mul_add(part(3), 0.0722 * part(5)))
    }

    #[test]
    fn white_is_easy_to_read_on_every_colour() {
        for status in ALL {
            let contrast = 1.05 / (luminance(colour(status)) + 0.05);
            assert!(contrast >= 4.5, "{}: {contrast}", status.name());
        }
    }

    #[test]
    fn badges_look_like_this() {
        let all: String = ALL.iter().map(|status| draw("acme", *status)).collect();
        assert!(ALL.iter().all(|status| draw("acme", *status).len() < 1000));
        insta::assert_snapshot!(all);
    }
}
