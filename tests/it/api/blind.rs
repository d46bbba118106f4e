//! Blind spots where people look: readyz, metrics, the list of sources, the counts; and what senders push is counted.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use huiying::config::Web;
use huiying::domain::routing::Routes;
use huiying::rules::Rules;
use huiying::rules::source::SourceDefinition;

use super::service::Service;

fn source(id: &str, rest: &str) -> SourceDefinition {
    let yaml = format!("{{ id: {id}, name: 市长信箱, channel: news, why: w, {rest} }}");
    SourceDefinition::from_yaml("s.yaml", &yaml).unwrap()
}

#[tokio::test]
async fn a_blind_spot_is_a_warning_a_number_and_a_figure_on_the_pages() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut rules = Rules::load(&folder).unwrap();
    rules.sources = vec![
        source("mailbox", "kind: feed, url: 'https://a.cn/'"),
        source("forum", "kind: feed, url: 'https://b.cn/'"),
    ];
    let service = Service::configured(Arc::new(rules), Routes::default(), Web::default()).await;
    let row = "INSERT INTO source_state (source, state, health, message, failures, empty_runs, runs, new_count, reason, blind_since) \
        VALUES ('mailbox', '{}', 'wall', '接口拒绝访问：code 403', 3, 0, 9, 4, 'wall', 1778400000000), \
        ('gone', '{}', 'failing', NULL, 3, 0, 9, 4, 'server', 1778400000000)";
    service.execute(row).await;
    let ready = service.send(Request::get("/readyz").body(Body::empty()).unwrap()).await.json();
    assert_eq!(ready["status"], "ready", "a warning is no alarm: {ready}");
    let warnings = ready["warnings"].to_string();
    assert!(warnings.contains("信源盲区 1 个（mailbox）") && warnings.contains("collect.contact"), "{warnings}");
    let analyst = service.log_in("analyst").await;
    let overview = service.get(&analyst, "/api/v1/overview").await.json();
    assert_eq!((&overview["sources"]["blind"], &overview["sources"]["wall"]), (&1.into(), &1.into()), "{overview}");
    assert_eq!((&overview["sources"]["new"], &overview["sources"]["failing"]), (&1.into(), &0.into()), "{overview}");
    let sources = service.get(&analyst, "/api/v1/sources").await.json();
    let mailbox = sources["items"].as_array().unwrap().iter().find(|item| item["id"] == "mailbox").unwrap();
    assert_eq!((&mailbox["reason"], &mailbox["health"]), (&"wall".into(), &"wall".into()));
    assert!(mailbox["blind_since"].is_string(), "{mailbox}");
}
