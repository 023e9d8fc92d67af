//! The HTTP service with callers who do not keep to the rules: bodies that never come, heads that
//! never end, and handlers that break.

use crate::{Place, Setup, Site};
use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{Request, Response, StatusCode, header};
use futures_util::stream::pending;
use http_body_util::BodyExt;
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower::ServiceExt;
use webkit::route::number as number_of;
use webkit::{Access, Answer, Module, get, post};

async fn echo(body: String) -> Answer {
    Ok(Response::new(Body::from(body)))
}

async fn counts(Path(number): Path<String>) -> Answer {
    Ok(Response::new(Body::from(number_of(&number)?.to_string())))
}

async fn breaks() -> Answer {
    panic!("a handler that breaks")
}

async fn site() -> (crate::Installation, Site) {
    let world = Setup::default().at(&Place::sqlite()).await;
    let routes = vec![
        post("/api/v1/echo", Access::Anyone, echo).doc("Gives back what it is given."),
        post("/echo", Access::Anyone, echo),
        get("/api/v1/numbers/{number}", Access::Anyone, counts).doc("Gives back a number."),
        get("/breaks", Access::Anyone, breaks),
    ];
    let module = Module { name: "test", routes, ..Module::default() };
    let site = Site::new(&world.env, &[module], vec![webkit::view::own()]);
    (world, site)
}

/// Every answer has these, whatever made it.
fn is_guarded(answer: &Response<Body>) {
    for name in ["content-security-policy", "x-content-type-options", "x-frame-options"] {
        assert!(answer.headers().contains_key(name), "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn every_answer_is_guarded_and_says_what_is_wrong() {
    let (_world, site) = site().await;
    let send = |router: Router, request: Request<Body>| async move {
        let answer = router.oneshot(request).await.unwrap();
        is_guarded(&answer);
        let status = answer.status();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    };
    // A body of which nothing ever comes.
    let endless = || Body::from_stream(pending::<std::io::Result<Vec<u8>>>());
    let english = |path: &str| Request::post(path).header(header::ACCEPT_LANGUAGE, "en");
    let soon = || site.web.router_within(Duration::from_millis(50));
    let (status, text) = send(soon(), english("/api/v1/echo").body(endless()).unwrap()).await;
    let told: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(told["code"], "request.timeout");
    assert!(text.contains("took too long"), "{text}");
    let (status, text) = send(soon(), english("/echo").body(endless()).unwrap()).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(text.contains("<h1") && text.contains("took too long"), "{text}");
    let router = || site.web.router();
    let (status, text) = send(router(), Request::get("/breaks").body(Body::empty()).unwrap()).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!text.contains("handler that breaks"), "{text}");
    let large = vec![b'a'; webkit::app::BODY_MAX + 1];
    let (status, told) = send(router(), english("/api/v1/echo").body(large.into()).unwrap()).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["code"], &told["status"]), (&json!("form.body_size"), &json!(413)));
    let number = |text: &str| {
        let path = format!("/api/v1/numbers/{text}");
        send(router(), Request::get(path).body(Body::empty()).unwrap())
    };
    assert_eq!(number("%37").await, (StatusCode::OK, "7".to_owned()));
    // What can be no part of a path names nothing.
    for text in ["%ff", "x", "%E2%80%AE", "99999999999999999999", "1%00", "%2e%2e"] {
        let (status, told) = number(text).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{text}");
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told["code"], "not_found", "{text}");
    }
    let zero = Request::get("/api/v1/numbers/7?name=a%00b").body(Body::empty()).unwrap();
    let (status, told) = send(router(), zero).await;
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(told["errors"][0]["field"], "name");
    let unknown = Request::delete("/api/v1/numbers/7").body(Body::empty()).unwrap();
    let answer = router().oneshot(unknown).await.unwrap();
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.headers()["allow"], "GET,HEAD");
    let (status, _) = send(router(), Request::get("/nowhere").body(Body::empty()).unwrap()).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_sends_no_whole_head_is_sent_away_and_others_are_answered() {
    let (_world, site) = site().await;
    let patient = serve(&site, webkit::listen::HEAD_MAX).await;
    let mut whole = TcpStream::connect(patient.address).await.unwrap();
    let request = b"GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    whole.write_all(request).await.unwrap();
    let mut text = String::new();
    whole.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 404"), "{text}");
    // One who has been answered and stays is let go when the service stops.
    let _idle = TcpStream::connect(patient.address).await.unwrap();
    patient.stop.send(()).unwrap();
    patient.served.await.unwrap();
    assert!(TcpStream::connect(patient.address).await.is_err(), "nobody listens any more");
    let hasty = serve(&site, Duration::from_millis(50)).await;
    let silent = TcpStream::connect(hasty.address).await.unwrap();
    let mut half = TcpStream::connect(hasty.address).await.unwrap();
    half.write_all(b"GET / HTTP/1.1\r\nHost:").await.unwrap();
    // They end though nobody told the service to stop: else these reads would never return.
    for mut stream in [silent, half] {
        let mut rest = Vec::new();
        let _cut = stream.read_to_end(&mut rest).await;
    }
    hasty.stop.send(()).unwrap();
    hasty.served.await.unwrap();
}

#[tokio::test]
async fn an_answer_before_the_body_leaves_the_connection_whole_or_closes_it() {
    let (_world, site) = site().await;
    let served = serve(&site, webkit::listen::HEAD_MAX).await;
    let mut small = TcpStream::connect(served.address).await.unwrap();
    small
        .write_all(b"POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nabcd")
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    small.write_all(b"efgh").await.unwrap();
    let next = b"GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    small.write_all(next).await.unwrap();
    let mut text = String::new();
    small.read_to_string(&mut text).await.unwrap();
    assert_eq!(text.matches("HTTP/1.1 404").count(), 2, "{text}");
    let mut large = TcpStream::connect(served.address).await.unwrap();
    large
        .write_all(b"POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nab")
        .await
        .unwrap();
    let mut text = String::new();
    large.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 404") && text.contains("connection: close"), "{text}");
    served.stop.send(()).unwrap();
    served.served.await.unwrap();
}

struct Served {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

async fn serve(site: &Site, head_max: Duration) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, told) = oneshot::channel::<()>();
    let stopped = async move {
        let _told = told.await;
    };
    let router = site.web.router();
    let served = tokio::spawn(webkit::listen::serve(listener, router, head_max, stopped));
    Served { address, stop, served }
}
