use super::*;
use h2::client::SendRequest;

async fn h2(limits: Limits, seen: Seen) -> (SendRequest<Bytes>, JoinHandle<()>, JoinHandle<()>) {
    let (client, served) = pipe_to(limits, seen);
    let mut builder = h2::client::Builder::new();
    builder.initial_window_size(64 * 1024).initial_connection_window_size(1024 * 1024);
    builder.max_send_buffer_size(8 * 1024 * 1024);
    let (requests, connection) = builder.handshake(client.0).await.unwrap();
    let driven = tokio::spawn(async move {
        let _ = connection.await;
    });
    (requests, driven, served)
}

fn request(path: &str) -> http::Request<()> {
    http::Request::get(format!("http://files.example{path}")).body(()).unwrap()
}

async fn collect(response: h2::client::ResponseFuture) -> Result<(StatusCode, Vec<u8>), h2::Error> {
    let (head, mut body) = response.await?.into_parts();
    let mut bytes = Vec::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk?;
        body.flow_control().release_capacity(chunk.len())?;
        bytes.extend_from_slice(&chunk);
    }
    Ok((head.status, bytes))
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_nobody_reads_is_reset_after_a_minute_while_the_others_go_on() {
    let seen = Seen::default();
    let (mut requests, _driven, _served) = h2(Limits::default(), seen.clone()).await;
    let start = Instant::now();
    let (stalled, _) = requests.send_request(request("/download/100"), true).unwrap();
    let mut stalled = stalled.await.unwrap().into_body();
    while seen.given_up_at().is_none() {
        let (other, _) = requests.send_request(request("/ok"), true).unwrap();
        assert_eq!(collect(other).await.unwrap(), (StatusCode::OK, b"ok".to_vec()));
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(start.elapsed() < Duration::from_secs(200), "a stalled stream goes on for ever");
    }
    assert_seconds(start, 60, 80);
    let end = loop {
        match stalled.data().await {
            Some(Ok(_)) => {}
            Some(Err(error)) => break error,
            None => panic!("a cut answer ended cleanly"),
        }
    };
    assert!(end.is_reset(), "{end}");
    let (other, _) = requests.send_request(request("/ok"), true).unwrap();
    assert_eq!(collect(other).await.unwrap().1, b"ok");
}

#[tokio::test(start_paused = true)]
async fn a_stream_read_at_64_kbit_per_second_arrives_in_full() {
    let (mut requests, _driven, _served) = h2(Limits::default(), Seen::default()).await;
    let (response, _) = requests.send_request(request("/download/100"), true).unwrap();
    let (mut body, mut length) = (response.await.unwrap().into_body(), 0);
    while let Some(chunk) = body.data().await {
        let chunk = chunk.unwrap();
        length += chunk.len();
        let time = Duration::from_millis(u64::try_from(chunk.len()).unwrap() / 8);
        tokio::time::sleep(time).await;
        body.flow_control().release_capacity(chunk.len()).unwrap();
    }
    assert_eq!(length, 100 * CHUNK);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_waits_until_it_was_delivered_goes_on() {
    let (mut requests, _driven, _served) = h2(Limits::default(), Seen::default()).await;
    let (response, _) = requests.send_request(request("/patient"), true).unwrap();
    let answer = tokio::time::timeout(Duration::from_secs(1), collect(response)).await.expect("it waits for ever");
    assert_eq!(answer.unwrap().1.len(), 2 * CHUNK);
}

#[tokio::test(start_paused = true)]
async fn an_idle_http2_connection_is_closed_and_a_thinking_server_keeps_it() {
    let (mut requests, driven, _served) = h2(Limits::default(), Seen::default()).await;
    let (response, _) = requests.send_request(request("/think"), true).unwrap();
    assert_eq!(collect(response).await.unwrap().1, b"thought");
    let start = Instant::now();
    driven.await.unwrap();
    assert_seconds(start, 75, 82);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stops_is_answered_408_and_the_connection_goes_on() {
    let (mut requests, _driven, _served) = h2(Limits::default(), Seen::default()).await;
    let post = http::Request::post("http://files.example/read").body(()).unwrap();
    let (response, mut body) = requests.send_request(post, false).unwrap();
    body.send_data(Bytes::from_static(b"0123456789"), false).unwrap();
    let start = Instant::now();
    assert_eq!(collect(response).await.unwrap(), (StatusCode::REQUEST_TIMEOUT, b"10".to_vec()));
    assert_seconds(start, 30, 31);
    let (other, _) = requests.send_request(request("/ok"), true).unwrap();
    assert_eq!(collect(other).await.unwrap().1, b"ok");
}

#[tokio::test(start_paused = true)]
async fn a_refused_upload_gets_its_answer_and_the_connection_goes_on() {
    let (mut requests, _driven, _served) = h2(Limits::default(), Seen::default()).await;
    let post = http::Request::post("http://files.example/refuse").body(()).unwrap();
    let (response, mut body) = requests.send_request(post, false).unwrap();
    body.send_data(Bytes::from(vec![7; 900 * 1024]), false).unwrap();
    assert_eq!(collect(response).await.unwrap().0, StatusCode::PAYLOAD_TOO_LARGE);
    let (other, _) = requests.send_request(request("/ok"), true).unwrap();
    assert_eq!(collect(other).await.unwrap().1, b"ok");
}

#[tokio::test(start_paused = true)]
async fn a_large_window_lets_megabytes_arrive_before_anybody_reads() {
    let (mut requests, _driven, _served) = h2(Limits::default(), Seen::default()).await;
    let post = http::Request::post("http://files.example/think-then-read").body(()).unwrap();
    let (response, mut body) = requests.send_request(post, false).unwrap();
    let length = 3 * 1024 * 1024;
    body.reserve_capacity(length);
    let start = Instant::now();
    while body.capacity() < length {
        std::future::poll_fn(|cx| body.poll_capacity(cx)).await.unwrap().unwrap();
    }
    assert_seconds(start, 0, 1);
    body.send_data(Bytes::from(vec![7; length]), true).unwrap();
    assert_eq!(collect(response).await.unwrap().1, length.to_string().as_bytes());
}

#[tokio::test(start_paused = true)]
async fn a_host_that_differs_from_the_authority_is_refused_and_handlers_find_the_host_in_one_place() {
    let (mut requests, _driven, _served) = h2(Limits::default(), Seen::default()).await;
    let mut odd = request("/ok");
    odd.headers_mut().insert("host", "other.example".parse().unwrap());
    let (response, _) = requests.send_request(odd, true).unwrap();
    let (status, body) = collect(response).await.unwrap();
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(String::from_utf8(body).unwrap().contains("\"bad_request\""));
    let mut many = request("/ok");
    for index in 0..101 {
        many.headers_mut().insert(http::HeaderName::try_from(format!("x-{index}")).unwrap(), "y".parse().unwrap());
    }
    let (response, _) = requests.send_request(many, true).unwrap();
    assert_eq!(collect(response).await.unwrap().0, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
}
