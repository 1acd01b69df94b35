//! What stands around the service: health, reflection, and the clients.

use super::*;

#[tokio::test]
async fn health_is_serving() {
    use tonic_health::pb::health_check_response::ServingStatus;
    use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
    let mut health = HealthClient::new(channel(cell()).await);
    for service in ["", "routewright.v1.RouteService"] {
        let answer = health
            .check(HealthCheckRequest {
                service: service.into(),
            })
            .await
            .unwrap()
            .into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service:?}");
    }
    let unknown = health
        .check(HealthCheckRequest {
            service: "nobody".into(),
        })
        .await
        .unwrap_err();
    assert_eq!(unknown.code(), tonic::Code::NotFound);
}

/// The two versions of reflection say the same in modules of their own.
macro_rules! reflection_test {
    ($name:ident, $version:ident) => {
        #[tokio::test]
        async fn $name() {
            use tonic_reflection::pb::$version::ServerReflectionRequest;
            use tonic_reflection::pb::$version::server_reflection_client::ServerReflectionClient;
            use tonic_reflection::pb::$version::server_reflection_request::MessageRequest;
            use tonic_reflection::pb::$version::server_reflection_response::MessageResponse;
            let mut reflection = ServerReflectionClient::new(channel(cell()).await);
            let mut ask = async |message| {
                let request = ServerReflectionRequest {
                    host: String::new(),
                    message_request: Some(message),
                };
                let mut answers = reflection
                    .server_reflection_info(tokio_stream::once(request))
                    .await
                    .unwrap()
                    .into_inner();
                answers
                    .message()
                    .await
                    .unwrap()
                    .unwrap()
                    .message_response
                    .unwrap()
            };
            let MessageResponse::ListServicesResponse(list) =
                ask(MessageRequest::ListServices(String::new())).await
            else {
                panic!("no list");
            };
            let names: Vec<String> = list.service.into_iter().map(|s| s.name).collect();
            for name in ["routewright.v1.RouteService", "grpc.health.v1.Health"] {
                assert!(
                    names.iter().any(|n| n == name),
                    "{name} is not in {names:?}"
                );
                let asked = ask(MessageRequest::FileContainingSymbol(name.into())).await;
                assert!(
                    matches!(asked, MessageResponse::FileDescriptorResponse(_)),
                    "{asked:?}"
                );
            }
        }
    };
}

reflection_test!(reflection_v1_answers, v1);
reflection_test!(reflection_v1alpha_answers, v1alpha);

#[test]
fn the_blocking_client_does_the_same() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let url = format!("http://{}", runtime.block_on(serve(cell())));
    let mut client = BlockingClient::connect(&url).unwrap();
    let answer = client
        .push(spawn_rate(1, 0.4).encode_to_vec(), false)
        .unwrap();
    assert!(
        matches!(
            answer.outcome,
            Some(update_route_map_response::Outcome::Applied(_))
        ),
        "{answer:?}"
    );
    assert_eq!(client.status().unwrap().serving_version, 1);
    assert!(client.rollback(to(Some(Target::Previous(true)))).is_ok());
    assert_eq!(client.get(false).unwrap().serving_version, 0);
    let within = runtime.block_on(async { client.status() });
    assert!(
        matches!(within, Err(ClientError::Asynchronous)),
        "{within:?}"
    );
}

#[test]
fn nobody_there_is_an_error_with_its_cause() {
    // A port that was free a moment ago, and is again.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    for url in [
        format!("http://127.0.0.1:{port}"),
        "not a url".to_owned(),
        String::new(),
    ] {
        let error = BlockingClient::connect(&url).unwrap_err();
        assert!(matches!(error, ClientError::Connect(_)), "{url}: {error:?}");
        assert!(std::error::Error::source(&error).is_some(), "{url}");
    }
}
