//! The welcome mail, as a person reads it.

use notify::{Language, Mail, WelcomeMail};
use secrecy::{ExposeSecret, SecretString};

fn welcome(language: Language) -> Mail {
    WelcomeMail {
        client_name: "<script>alert(1)</script>",
        site_url: "https://acme.jouwplatform.nl",
        admin_url: "https://acme.jouwplatform.nl/admin",
        sign_in_name: "admin@acme.com",
        first_password: &SecretString::from("k7&\"Qx<'9>z"),
        language,
    }
    .addressed_to("contact@acme.com")
}

#[test]
fn in_dutch() {
    let mail = welcome(Language::Nl);
    insta::assert_snapshot!("nl_subject", mail.subject);
    insta::assert_snapshot!("nl_text", mail.text.expose_secret());
    insta::assert_snapshot!("nl_html", mail.html.expose_secret());
}

#[test]
fn in_english() {
    let mail = welcome(Language::En);
    insta::assert_snapshot!("en_subject", mail.subject);
    insta::assert_snapshot!("en_text", mail.text.expose_secret());
    insta::assert_snapshot!("en_html", mail.html.expose_secret());
}

#[test]
fn what_a_client_calls_itself_is_never_markup() {
    for language in Language::ALL {
        let mail = welcome(language);
        let html = mail.html.expose_secret();
        assert!(!html.contains("<script"));
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        assert!(html.contains("<code>k7&amp;&quot;Qx&lt;&#39;9&gt;z</code>"));
    }
}

#[test]
fn debug_shows_neither_the_address_nor_the_body() {
    let shown = format!("{:?}", welcome(Language::En));
    assert_eq!(
        shown,
        r#"Mail { subject: "The website of <script>alert(1)</script> is live", .. }"#
    );
}

#[test]
fn a_language_is_known_by_its_code() {
    for language in Language::ALL {
        assert_eq!(language.as_str().parse(), Ok(language));
    }
    assert_eq!(
        "de".parse::<Language>().unwrap_err().to_string(),
        "mails are written in nl or en"
    );
}
