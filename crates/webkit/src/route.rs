//! Routes as data: from one list come the router, the permission table, the OpenAPI document and
//! the test that walks every route as everybody.

use crate::Web;
use crate::app::{BODY_MAX, UPLOAD_MAX};
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter, on};
use schemars::{JsonSchema, Schema, SchemaGenerator};

/// Who may call a route. What may be done to a certain record is the verb's to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody, signed in or not.
    Anyone,
    /// Whoever has signed in.
    SignedIn,
    /// A signed-in citizen.
    Citizen,
    /// An officer one of whose roles grants the permission, e.g. `case.review`.
    Staff(&'static str),
}

/// How a route is described in the OpenAPI document.
#[derive(Clone, Copy)]
pub struct Doc {
    /// One sentence: what calling it does.
    pub summary: &'static str,
    /// Schema of the request body.
    pub takes: Option<fn(&mut SchemaGenerator) -> Schema>,
    /// True when the body is a file, as [`crate::Sent`] takes it.
    pub file: bool,
    /// Schema of the successful reply.
    pub gives: Option<fn(&mut SchemaGenerator) -> Schema>,
    /// Media type of a reply that is a file.
    pub sends: Option<&'static str>,
    /// Names of what the query may say; nothing of it is required.
    pub asks: &'static [&'static str],
}

/// One route.
#[derive(Clone)]
pub struct Route {
    /// HTTP method.
    pub method: Method,
    /// Path in axum's notation, e.g. `/cases/{id}`.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    /// True when the caller must have shown a second factor.
    pub strong: bool,
    /// True when the body may be a large upload.
    pub upload: bool,
    /// True when programs on pages of other sites may call it; cookies then count for nothing.
    pub shared: bool,
    /// Its description; every route under `/api/` has one.
    pub doc: Option<Doc>,
    pub(crate) handler: MethodRouter<Web>,
}

impl Route {
    fn new<H, T>(method: Method, path: &'static str, access: Access, handler: H) -> Route
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
        let handler = on(filter, handler);
        Route {
            method,
            path,
            access,
            strong: false,
            upload: false,
            shared: false,
            doc: None,
            handler,
        }
    }

    /// Demands a second factor.
    pub fn strong(mut self) -> Route {
        self.strong = true;
        self
    }

    /// Lets the body be as large as an upload.
    pub fn upload(mut self) -> Route {
        self.upload = true;
        self
    }

    /// Lets programs on pages of other sites call it and read the answer, such as wallets that run in
    /// a browser. Whoever is signed in there is nobody here: only for what anybody may call.
    pub fn shared(mut self) -> Route {
        self.shared = true;
        self
    }

    /// Describes the route in the OpenAPI document.
    pub fn doc(mut self, summary: &'static str) -> Route {
        self.doc =
            Some(Doc { summary, takes: None, file: false, gives: None, sends: None, asks: &[] });
        self
    }

    /// Names what the query may say.
    pub fn asks(mut self, names: &'static [&'static str]) -> Route {
        if let Some(doc) = &mut self.doc {
            doc.asks = names;
        }
        self
    }

    /// Names the type of the JSON request body.
    pub fn takes<T: JsonSchema>(mut self) -> Route {
        if let Some(doc) = &mut self.doc {
            doc.takes = Some(|generator| generator.subschema_for::<T>());
        }
        self
    }

    /// The request body is one file, as [`crate::Sent`] takes it.
    pub fn takes_file(mut self) -> Route {
        if let Some(doc) = &mut self.doc {
            doc.takes = Some(|generator| generator.subschema_for::<crate::sent::FileBody>());
            doc.file = true;
        }
        self
    }

    /// Names the media type of the file it answers with, `*/*` for one of any type.
    pub fn sends(mut self, media: &'static str) -> Route {
        if let Some(doc) = &mut self.doc {
            doc.sends = Some(media);
        }
        self
    }

    /// Names the type of the JSON reply.
    pub fn gives<T: JsonSchema>(mut self) -> Route {
        if let Some(doc) = &mut self.doc {
            doc.gives = Some(|generator| generator.subschema_for::<T>());
        }
        self
    }

    /// Largest body it takes.
    pub(crate) fn body_max(&self) -> usize {
        if self.upload { UPLOAD_MAX } else { BODY_MAX }
    }

    /// True for what a page sends that takes a second factor.
    pub(crate) fn is_strong_page(&self) -> bool {
        self.strong && self.method == Method::POST && !self.is_api()
    }

    /// True when the path is one of this route's.
    pub fn leads_to(&self, path: &str) -> bool {
        let (mut own, mut asked) = (self.path.split('/'), path.split('/'));
        loop {
            match (own.next(), asked.next()) {
                (None, None) => return true,
                (Some(part), Some(_)) if part.starts_with("{*") => return true,
                (Some(part), Some(said))
                    if part == said || (part.starts_with('{') && !said.is_empty()) => {}
                _ => return false,
            }
        }
    }

    /// True for routes of the REST interface, which answer in JSON.
    pub fn is_api(&self) -> bool {
        is_api(self.path)
    }
}

/// A number in a path. Errors: `not_found` for what is none, for nothing is named so.
pub fn number(text: &str) -> kernel::Result<i64> {
    text.parse().map_err(|_| kernel::Error::not_found())
}

/// True for paths that answer in JSON rather than in pages.
pub fn is_api(path: &str) -> bool {
    path.starts_with("/api/") || path.starts_with("/oauth/")
}

/// A page or a document to read.
pub fn get<H: Handler<T, Web>, T: 'static>(
    path: &'static str,
    access: Access,
    handler: H,
) -> Route {
    Route::new(Method::GET, path, access, handler)
}

/// An act.
pub fn post<H: Handler<T, Web>, T: 'static>(
    path: &'static str,
    access: Access,
    handler: H,
) -> Route {
    Route::new(Method::POST, path, access, handler)
}

/// Replaces a thing whole (REST only).
pub fn put<H: Handler<T, Web>, T: 'static>(
    path: &'static str,
    access: Access,
    handler: H,
) -> Route {
    Route::new(Method::PUT, path, access, handler)
}

/// Removes a thing (REST only).
pub fn delete<H: Handler<T, Web>, T: 'static>(
    path: &'static str,
    access: Access,
    handler: H,
) -> Route {
    Route::new(Method::DELETE, path, access, handler)
}
