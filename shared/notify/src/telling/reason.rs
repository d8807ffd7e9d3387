//! Why a site is down, in both languages.

use domain::monitoring::{Critical, Failure};

use crate::Language;

/// Why, as a sentence of its own without the full stop.
pub fn words(language: Language, reason: Critical) -> String {
    match language {
        Language::En => reason.words(),
        Language::Nl => dutch(reason),
    }
}

fn dutch(reason: Critical) -> String {
    match reason {
        Critical::Unreachable(failure) => format!("De site {}", dutch_failure(failure)),
        Critical::FrontPage(status) => format!("De voorpagina antwoordt {status}"),
        Critical::HealthUnreachable(failure) => format!("/api/health {}", dutch_failure(failure)),
        Critical::HealthStatus(status) => format!("/api/health antwoordt {status}"),
        Critical::HealthUnreadable => "/api/health zegt niet in JSON hoe het met de site gaat".to_owned(),
        Critical::Failing => "De site meldt dat ze niet werkt".to_owned(),
        Critical::Database => "De site kan haar database niet gebruiken".to_owned(),
        Critical::Condition => "De inhoud van de site is niet zoals verwacht".to_owned(),
    }
}

const fn dutch_failure(failure: Failure) -> &'static str {
    match failure {
        Failure::Dns => "is niet te vinden onder haar naam (DNS)",
        Failure::BlockedAddress => "leidt naar een adres dat niet openbaar is",
        Failure::BlockedPort => "leidt naar een andere poort dan 80 en 443",
        Failure::Refused => "weigert verbindingen",
        Failure::Unreachable => "is niet te bereiken over het netwerk",
        Failure::Timeout => "antwoordt niet op tijd",
        Failure::Reset => "breekt de verbinding af",
        Failure::CertificateExpired => "heeft een verlopen certificaat",
        Failure::CertificateNotYetValid => "heeft een certificaat dat nog niet geldig is",
        Failure::CertificateUntrusted => "heeft een certificaat dat niemand vertrouwt",
        Failure::CertificateForAnotherName => "heeft een certificaat voor een andere naam",
        Failure::Tls => "krijgt geen TLS-verbinding tot stand",
        Failure::NotHttp => "antwoordt niet in HTTP",
        Failure::TooLarge => "antwoordt met meer dan te lezen is",
        Failure::RedirectOffSite => "leidt weg naar een andere site",
        Failure::TooManyRedirects => "verwijst eindeloos door",
        Failure::Ourselves => "kon niet worden gecontroleerd",
    }
}
