//! The page's files, as they stand beside this one.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY};

/// Nothing from elsewhere, nothing inline: text from AWS could not do harm even if it became markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

type File = ([(HeaderName, &'static str); 5], &'static str);

const fn file(kind: &'static str, content: &'static str) -> File {
    let headers = [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
    ];
    (headers, content)
}

/// The page. It holds no secret: the script takes it from the address.
pub(super) async fn index() -> File {
    file("text/html; charset=utf-8", include_str!("page/index.html"))
}

/// Its look.
pub(super) async fn style() -> File {
    file("text/css; charset=utf-8", include_str!("page/style.css"))
}

/// Its behaviour.
pub(super) async fn app() -> File {
    file("text/javascript; charset=utf-8", include_str!("page/app.js"))
}

/// Block Kit to DOM.
pub(super) async fn blocks() -> File {
    file("text/javascript; charset=utf-8", include_str!("page/blocks.js"))
}

/// Modals.
pub(super) async fn modal() -> File {
    file("text/javascript; charset=utf-8", include_str!("page/modal.js"))
}

/// What is chosen from or typed into.
pub(super) async fn controls() -> File {
    file("text/javascript; charset=utf-8", include_str!("page/controls.js"))
}
