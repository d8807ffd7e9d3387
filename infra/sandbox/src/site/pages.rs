//! The pages of the stand-in site. Everything that comes from the environment is escaped.

use super::Site;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem;color:#1c2430}\
h1{margin-bottom:.2rem}header p,footer{color:#5a6575}nav ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.5rem}\
nav a{display:block;padding:.35rem .8rem;border:1px solid #c6ced9;border-radius:.4rem;text-decoration:none;color:#14508c}\
label{display:block;margin:.8rem 0}input{display:block;width:100%;padding:.5rem;box-sizing:border-box;font:inherit}\
button{padding:.5rem 1.2rem;font:inherit}.wrong{color:#a11}footer{margin-top:3rem;font-size:.85rem;\
border-top:1px solid #dde3ea;padding-top:1rem}";

pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter => safe.push(letter),
        }
    }
    safe
}

fn page(site: &Site, title: &str, main: &str) -> String {
    let (name, title) = (escaped(site.name()), escaped(title));
    let heading = if title.is_empty() {
        name.clone()
    } else {
        format!("{title} - {name}")
    };
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{heading}</title>\
         <style>{STYLE}</style></head><body>{main}<footer>This is a stand-in site: it shows what {name} was deployed \
         with, in place of the real site. <a href=\"/\">Home</a> · <a href=\"/admin\">Admin</a></footer></body></html>"
    )
}

/// The client's name, the template, and one link per collection.
pub(super) fn home(site: &Site) -> String {
    let links: String = site
        .collections()
        .map(|slug| {
            let slug = escaped(slug);
            format!("<li><a href=\"/{slug}\">{slug}</a></li>")
        })
        .collect();
    let features: Vec<String> = site.features().map(escaped).collect();
    let features = if features.is_empty() {
        "none".to_owned()
    } else {
        features.join(", ")
    };
    let main = format!(
        "<header><h1>{}</h1><p>Template <strong data-template>{}</strong> · version {}</p></header>\
         <main><h2>Collections</h2><nav><ul data-collections>{links}</ul></nav>\
         <p>Features: <span data-features>{features}</span></p></main>",
        escaped(site.name()),
        escaped(site.template()),
        escaped(site.version()),
    );
    page(site, "", &main)
}

pub(super) fn collection(site: &Site, slug: &str) -> String {
    let slug_shown = escaped(slug);
    page(
        site,
        slug,
        &format!("<header><h1>{slug_shown}</h1></header><main><p>No {slug_shown} yet.</p></main>"),
    )
}

pub(super) fn missing(site: &Site) -> String {
    page(
        site,
        "Not found",
        "<header><h1>Not found</h1></header><main><p>There is no such page here.</p></main>",
    )
}

/// The sign-in form, with what went wrong the last time.
pub(super) fn sign_in(site: &Site, email: &str, wrong: Option<&str>) -> String {
    let wrong = wrong
        .map(|wrong| format!("<p class=\"wrong\" role=\"alert\">{}</p>", escaped(wrong)))
        .unwrap_or_default();
    let main = format!(
        "<header><h1>{} admin</h1><p>Sign in</p></header><main>{wrong}<form method=\"post\" action=\"/admin\">\
         <label>Email<input type=\"email\" name=\"email\" value=\"{}\" autocomplete=\"username\" required></label>\
         <label>Password<input type=\"password\" name=\"password\" autocomplete=\"current-password\" required></label>\
         <button type=\"submit\">Login</button></form></main>",
        escaped(site.name()),
        escaped(email),
    );
    page(site, "Sign in", &main)
}

pub(super) fn nobody_yet(site: &Site) -> String {
    let main = format!(
        "<header><h1>{} admin</h1></header><main><p>There is no user yet. The platform creates the first admin.</p></main>",
        escaped(site.name())
    );
    page(site, "Admin", &main)
}

pub(super) fn signed_in(site: &Site, email: &str) -> String {
    let main = format!(
        "<header><h1>{} admin</h1></header><main><p>Signed in as <strong data-user>{}</strong></p>\
         <form method=\"post\" action=\"/admin/logout\"><button type=\"submit\">Sign out</button></form></main>",
        escaped(site.name()),
        escaped(email),
    );
    page(site, "Admin", &main)
}
