//! Mentions: stored once, taken up in order, finished once, found again.

use huiying::domain::ids::MentionId;
use huiying::domain::incident::Viewpoint;
use huiying::domain::mention::{Channel, Engagement, MentionInput};
use huiying::store::{
    Finished, LetterAnswer, Letters, MentionCounts, MentionFilter, NewMention, STATUS_DONE, STATUS_FAILED,
    STATUS_PENDING,
};

use super::{Db, at, on_both};

on_both!(
    a_mention_is_stored_once,
    a_mention_is_read_as_written,
    pending_mentions_come_in_order_of_arrival,
    a_mention_is_finished_once,
    a_mention_that_fails_is_kept,
    both_find_the_same,
    a_search_finds_nothing_for_nothing,
    lists_narrow_and_page,
    letters_past_their_promise_are_listed,
    the_correlator_gets_what_it_needs,
    mentions_move_between_incidents,
    old_mentions_are_deleted,
    mentions_are_counted,
    counts_are_kept_look_by_look,
);

fn input(id: &str, text: &str) -> MentionInput {
    MentionInput { id: Some(id.into()), source: Some("letters".into()), text: text.into(), ..MentionInput::default() }
}

pub(super) fn new(id: &str, minutes: i64) -> NewMention {
    NewMention::detected(input(id, &format!("第 {id} 封信")), at(minutes))
}

pub(super) async fn insert(db: &Db, mentions: &[NewMention]) -> Vec<MentionId> {
    let mut tx = db.store.write().await.unwrap();
    let inserted = tx.insert_mentions(mentions).await.unwrap();
    tx.commit().await.unwrap();
    assert!(inserted.iter().all(|one| one.new));
    inserted.into_iter().map(|one| one.id).collect()
}

pub(super) fn finished(id: &MentionId, tokens: &[&str]) -> Finished {
    Finished {
        id: id.clone(),
        analysis: "{}".into(),
        tokens: tokens.iter().map(|token| (*token).to_owned()).collect(),
        ..Finished::default()
    }
}

pub(super) async fn finish(db: &Db, rows: &[Finished]) -> u64 {
    let mut tx = db.store.write().await.unwrap();
    let count = tx.finish_mentions(rows).await.unwrap();
    tx.commit().await.unwrap();
    count
}

async fn a_mention_is_stored_once(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    let changed = NewMention::detected(input("1", "同一封信，改了字"), at(5));
    let inserted = tx.insert_mentions(&[new("1", 0), changed.clone(), new("2", 1)]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(inserted.iter().map(|one| one.new).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(inserted[0].id, inserted[1].id);
    let mut tx = db.store.write().await.unwrap();
    assert!(!tx.insert_mentions(&[changed]).await.unwrap()[0].new);
    tx.commit().await.unwrap();
    let row = db.store.mention(&inserted[0].id).await.unwrap().unwrap();
    assert_eq!((row.text.as_str(), row.detected_at), ("第 1 封信", at(0)), "the first one stays");
    let unknown = MentionId::from("00");
    let known = db.store.known_mentions(&[unknown.clone(), inserted[2].id.clone()]).await.unwrap();
    assert_eq!(known, [inserted[2].id.clone()]);
    assert!(db.store.mention(&unknown).await.unwrap().is_none());
}

async fn a_mention_is_read_as_written(db: Db) {
    let full = NewMention {
        input: MentionInput {
            url: Some("https://example.invalid/1?a=b".into()),
            channel: Channel::Weibo,
            title: Some("标题 😀 '\"\\".into()),
            author: Some("displayed name".into()),
            published_at: Some(at(-60)),
            collected_at: Some(at(-1)),
            region: Some("jixi".into()),
            engagement: Some(Engagement {
                views: Some(u64::from(u32::MAX) + 7),
                likes: Some(0),
                ..Engagement::default()
            }),
            ..input("1", "正文\u{0}里有 NUL\r\n第二行")
        },
        author_hash: Some("ab".repeat(32)),
        live: true,
        backfill: true,
        label: Some("A".into()),
        proposal: Some("{\"event_grade\":\"major\"}".into()),
        reply_due_at: Some(at(600)),
        ..NewMention::detected(MentionInput::default(), at(0))
    };
    let id = insert(&db, std::slice::from_ref(&full)).await.remove(0);
    let row = db.store.mention(&id).await.unwrap().unwrap();
    let expected = MentionInput { author: None, text: full.input.text.replace('\0', "\u{fffd}"), ..full.input.clone() };
    assert_eq!(row.input(), expected, "all but the author; PostgreSQL's text holds no NUL");
    assert_eq!((row.author_hash, row.label, row.proposal), (full.author_hash, full.label, full.proposal));
    assert_eq!((row.live, row.backfill, row.reply_due_at), (true, true, Some(at(600))));
    assert_eq!((row.status.as_str(), row.attempts, row.incident, row.analysis), (STATUS_PENDING, 0, None, None));
    assert_eq!(row.content_hash, full.input.content_hash());
    assert_eq!(row.author.as_deref(), Some("displayed name"), "intake has left it in, or taken it out");
}

async fn pending_mentions_come_in_order_of_arrival(db: Db) {
    let ids = insert(&db, &[new("3", 9), new("1", 5), new("2", 7)]).await;
    let pending = db.store.pending_mentions(2).await.unwrap();
    assert_eq!(pending.iter().map(|row| &row.id).collect::<Vec<_>>(), [&ids[0], &ids[1]]);
    assert_eq!(db.store.pending_mention_count().await.unwrap(), 3);
    assert_eq!(finish(&db, &[finished(&ids[0], &[])]).await, 1);
    let mut tx = db.store.write().await.unwrap();
    let rest = tx.pending_mentions(10).await.unwrap();
    assert_eq!(rest.iter().map(|row| &row.id).collect::<Vec<_>>(), [&ids[1], &ids[2]]);
}

async fn a_mention_is_finished_once(db: Db) {
    let id = insert(&db, &[new("1", 0)]).await.remove(0);
    let first = Finished {
        incident: Some("20260511-0001".into()),
        placed: Some("与 @1 内容相同".into()),
        analysis: "{\"sentiment\":\"negative\"}".into(),
        signature: Some(vec![0, 1, 255]),
        region: Some("jingde".into()),
        ..finished(&id, &["停水", "小区"])
    };
    assert_eq!(finish(&db, std::slice::from_ref(&first)).await, 1);
    let second = Finished { incident: Some("20260511-0002".into()), ..first.clone() };
    assert_eq!(finish(&db, &[second]).await, 0, "another node was first");
    let row = db.store.mention(&id).await.unwrap().unwrap();
    assert_eq!(row.status, STATUS_DONE);
    assert_eq!((row.incident, row.placed, row.region), (first.incident, first.placed, first.region));
    assert_eq!(row.analysis.as_deref(), Some(first.analysis.as_str()));
}

async fn a_mention_that_fails_is_kept(db: Db) {
    let id = insert(&db, &[new("1", 0)]).await.remove(0);
    let fail = |for_good| {
        let (store, id) = (db.store.clone(), id.clone());
        async move {
            let mut tx = store.write().await.unwrap();
            tx.fail_mention(&id, "分析出错", for_good).await.unwrap();
            tx.commit().await.unwrap();
            store.mention(&id).await.unwrap().unwrap()
        }
    };
    let row = fail(false).await;
    assert_eq!((row.status.as_str(), row.attempts, row.error.as_deref()), (STATUS_PENDING, 1, Some("分析出错")));
    let row = fail(true).await;
    assert_eq!((row.status.as_str(), row.attempts), (STATUS_FAILED, 2));
    assert!(db.store.pending_mentions(10).await.unwrap().is_empty());
    let mut tx = db.store.write().await.unwrap();
    assert_eq!(tx.retry_failed_mentions().await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(finish(&db, &[finished(&id, &[])]).await, 1);
    assert_eq!(db.store.mention(&id).await.unwrap().unwrap().error, None);
}

async fn found(db: &Db, tokens: &[&str], filter: &MentionFilter) -> Vec<String> {
    let tokens: Vec<String> = tokens.iter().map(|token| (*token).to_owned()).collect();
    let rows = db.store.search(&tokens, filter, None, 100).await.unwrap();
    rows.into_iter().filter_map(|row| row.external_id).collect()
}

/// The same answers are written down once, for both databases.
async fn both_find_the_same(db: Db) {
    let ids = insert(&db, &[new("1", 0), new("2", 1), new("3", 2), new("4", 3)]).await;
    finish(
        &db,
        &[
            finished(&ids[0], &["宣城", "化工厂", "泄漏", "PM2.5"]),
            finished(&ids[1], &["宣城市", "停水", "don't", "A-B"]),
            finished(&ids[2], &["化工厂", "停水", "https://example.invalid/x?y=1"]),
        ],
    )
    .await;
    let all = MentionFilter::default();
    for (tokens, expected) in [
        (vec!["化工厂"], vec!["3", "1"]),
        (vec!["停水", "化工厂"], vec!["3"]),
        (vec!["宣城"], vec!["2", "1"]),
        (vec!["宣城停水"], vec![]),
        (vec!["宣城市停水"], vec!["2"]),
        (vec!["pm2.5"], vec!["1"]),
        (vec!["PM2"], vec!["1"]),
        (vec!["Don't"], vec!["2"]),
        (vec!["b"], vec!["2"]),
        (vec!["example"], vec!["3"]),
        (vec!["化工"], vec!["3", "1"]),
        (vec!["化工厂", "没有"], vec![]),
        (vec!["化工厂\" OR \"停水"], vec![]),
        (vec!["化工厂' | '停水"], vec!["3"]),
        (vec!["*"], vec![]),
    ] {
        assert_eq!(found(&db, &tokens, &all).await, expected, "{tokens:?}");
    }
    let older = db.store.search(&["化工厂".into()], &all, Some(3), 10).await.unwrap();
    assert_eq!(older.len(), 1, "only those before the cursor");
    assert_eq!(db.store.search(&["化工厂".into()], &all, None, 1).await.unwrap()[0].id, ids[2]);
    let elsewhere = MentionFilter { region: Some("jixi".into()), ..MentionFilter::default() };
    assert!(found(&db, &["化工厂"], &elsewhere).await.is_empty());
}

async fn a_search_finds_nothing_for_nothing(db: Db) {
    let ids = insert(&db, &[new("1", 0), new("2", 0)]).await;
    let long: Vec<String> = (0..200_000).map(|n| format!("词{n}")).collect();
    let huge = Finished { tokens: long, ..finished(&ids[1], &[]) };
    assert_eq!(finish(&db, &[finished(&ids[0], &[]), huge]).await, 2, "also a text of very many words is kept");
    for tokens in [vec![], vec!["，。！"], vec![""]] {
        assert!(found(&db, &tokens, &MentionFilter::default()).await.is_empty(), "{tokens:?}");
    }
    assert_eq!(found(&db, &["词7"], &MentionFilter::default()).await, ["2"]);
}

async fn lists_narrow_and_page(db: Db) {
    let mut odd = new("3", 9);
    odd.input.channel = Channel::Weibo;
    odd.input.source = Some("weibo".into());
    odd.input.region = Some("jixi".into());
    let ids = insert(&db, &[new("1", 0), new("2", 5), odd]).await;
    let placed =
        Finished { incident: Some("20260511-0001".into()), region: Some("jixi".into()), ..finished(&ids[2], &["词"]) };
    finish(&db, &[placed]).await;
    let mut tx = db.store.write().await.unwrap();
    super::incidents::see(&mut tx, "20260511-0001", &["water"]).await;
    tx.commit().await.unwrap();
    let all = MentionFilter::default;
    for filter in [
        MentionFilter { region: Some("jixi".into()), ..all() },
        MentionFilter { channel: Some(Channel::Weibo), ..all() },
        MentionFilter { source: Some("weibo".into()), ..all() },
        MentionFilter { visible_to: Some(Viewpoint::of_body("water")), ..all() },
        MentionFilter { status: Some(STATUS_DONE.into()), ..all() },
        MentionFilter { from: Some(at(9)), ..all() },
        MentionFilter {
            region: Some("jixi".into()),
            channel: Some(Channel::Weibo),
            source: Some("weibo".into()),
            parent: None,
            unanswered_at: None,
            visible_to: Some(Viewpoint::of_body("water")),
            status: Some(STATUS_DONE.into()),
            from: Some(at(9)),
            until: Some(at(10)),
            letters: None,
        },
    ] {
        let rows = db.store.mentions(&filter, None, 10).await.unwrap();
        assert_eq!(rows.iter().map(|row| &row.id).collect::<Vec<_>>(), [&ids[2]], "{filter:?}");
        assert_eq!(found(&db, &["词"], &filter).await, ["3"], "{filter:?}");
    }
    let until = MentionFilter { until: Some(at(5)), ..all() };
    assert_eq!(db.store.mentions(&until, None, 10).await.unwrap()[0].id, ids[0]);
    let page = db.store.mentions(&all(), None, 2).await.unwrap();
    assert_eq!(page.iter().map(|row| &row.id).collect::<Vec<_>>(), [&ids[2], &ids[1]], "the newest first");
    let rest = db.store.mentions(&all(), Some(page[1].n), 2).await.unwrap();
    assert_eq!(rest.iter().map(|row| &row.id).collect::<Vec<_>>(), [&ids[0]]);
    let of = db.store.mentions_of(&"20260511-0001".into(), 0, 10).await.unwrap();
    assert_eq!(of.len(), 1);
    assert!(db.store.mentions_of(&"20260511-0001".into(), of[0].n, 10).await.unwrap().is_empty());
}

async fn letters_past_their_promise_are_listed(db: Db) {
    let promised = |id, minutes| NewMention { reply_due_at: Some(at(minutes)), ..new(id, 0) };
    let ids = insert(&db, &[promised("1", 10), promised("2", 20), promised("3", 5), new("4", 0)]).await;
    let mut tx = db.store.write().await.unwrap();
    tx.answer_mention(
        &ids[2],
        &LetterAnswer { at: at(4), is_stated: true, by: Some("市水利局"), text: Some("已恢复供水") },
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let unanswered = |minutes| {
        let store = db.store.clone();
        async move {
            let filter = MentionFilter { unanswered_at: Some(at(minutes)), ..MentionFilter::default() };
            let rows = store.mentions(&filter, None, 10).await.unwrap();
            rows.into_iter().filter_map(|row| row.external_id).collect::<Vec<_>>()
        }
    };
    assert!(unanswered(10).await.is_empty(), "the promised instant itself is in time");
    assert_eq!(unanswered(11).await, ["1"]);
    assert_eq!(unanswered(21).await, ["2", "1"]);
    let letters = |letters| MentionFilter { letters: Some(letters), ..MentionFilter::default() };
    let answered = db.store.mentions(&letters(Letters::Answered), None, 10).await.unwrap();
    assert_eq!(answered.iter().map(|row| &row.id).collect::<Vec<_>>(), [&ids[2]]);
    assert!(db.store.mentions(&letters(Letters::Repeated), None, 10).await.unwrap().is_empty(), "each is alone");
    let row = db.store.mention(&ids[2]).await.unwrap().unwrap();
    assert_eq!((row.answered_at, row.answered_by.as_deref()), (Some(at(4)), Some("市水利局")));
}

async fn the_correlator_gets_what_it_needs(db: Db) {
    let ids = insert(&db, &[new("1", 0), new("2", 60), new("3", 61), new("4", 62)]).await;
    let signed = |id| Finished { signature: Some((0..=255).collect()), ..finished(id, &["停水", "A-B"]) };
    finish(&db, &[signed(&ids[0]), signed(&ids[1]), finished(&ids[2], &[])]).await;
    let first = db.store.recent_for_correlation(at(60), 0, 1).await.unwrap();
    assert_eq!(first[0].id, ids[1], "detected since, and finished");
    assert_eq!(first[0].tokens.as_deref(), Some("停水 a b"));
    assert_eq!(first[0].signature, Some((0..=255).collect::<Vec<u8>>()));
    assert_eq!(first[0].text, "第 2 封信");
    let rest = db.store.recent_for_correlation(at(60), first[0].n, 10).await.unwrap();
    assert_eq!(rest.iter().map(|row| &row.id).collect::<Vec<_>>(), [&ids[2]]);
    assert_eq!((rest[0].tokens.as_deref(), &rest[0].signature), (Some(""), &None));
}

async fn mentions_move_between_incidents(db: Db) {
    let ids = insert(&db, &[new("1", 0)]).await;
    let mut tx = db.store.write().await.unwrap();
    tx.move_mention(&ids[0], Some(&"20260511-0002".into())).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.mentions_of(&"20260511-0002".into(), 0, 10).await.unwrap().len(), 1);
    let mut tx = db.store.write().await.unwrap();
    tx.move_mention(&ids[0], None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.mention(&ids[0]).await.unwrap().unwrap().incident, None);
}

async fn old_mentions_are_deleted(db: Db) {
    let ids = insert(&db, &[new("1", 0), new("2", 0), new("3", 5), new("4", 0)]).await;
    let rows: Vec<Finished> = ids[..3].iter().map(|id| finished(id, &["停水"])).collect();
    finish(&db, &rows).await;
    let delete = |limit| {
        let store = db.store.clone();
        async move {
            let mut tx = store.write().await.unwrap();
            let count = tx.let_mentions_go(at(5), limit).await.unwrap().0;
            tx.commit().await.unwrap();
            count
        }
    };
    assert_eq!(delete(1).await, 1, "in batches");
    assert_eq!(delete(10).await, 1, "what was not analysed yet stays");
    assert_eq!(found(&db, &["停水"], &MentionFilter::default()).await, ["3"]);
    // The words of what is gone are gone: a new mention finds itself alone.
    let again = insert(&db, &[new("1", 9)]).await;
    finish(&db, &[finished(&again[0], &["停水"])]).await;
    assert_eq!(found(&db, &["停水"], &MentionFilter::default()).await, ["1", "3"]);
}

async fn mentions_are_counted(db: Db) {
    assert_eq!(db.store.mention_counts(at(0)).await.unwrap(), MentionCounts::default());
    let ids = insert(&db, &[new("1", 0), new("2", 5), new("3", 9)]).await;
    finish(&db, &[finished(&ids[0], &[])]).await;
    let mut tx = db.store.write().await.unwrap();
    tx.fail_mention(&ids[1], "坏", true).await.unwrap();
    tx.commit().await.unwrap();
    let counts = db.store.mention_counts(at(5)).await.unwrap();
    assert_eq!(counts, MentionCounts { total: 3, since: 2, pending: 1, failed: 1, last_detected_at: Some(at(9)) });
}

async fn counts_are_kept_look_by_look(db: Db) {
    let counts = |views: u64, likes: Option<u64>| Engagement { views: Some(views), likes, ..Engagement::default() };
    let post = |minutes: i64, engagement: Option<Engagement>| {
        NewMention::detected(MentionInput { engagement, ..input("7", "路灯不亮") }, at(minutes))
    };
    let id = insert(&db, &[post(0, Some(counts(10, Some(1))))]).await.remove(0);
    let seen = async |db: &Db| -> Vec<(i64, Option<u64>, Option<u64>)> {
        let looks = db.store.looks_of(&id).await.unwrap();
        looks.iter().map(|l| ((l.at - at(0)).ms() / 60_000, l.engagement.views, l.engagement.likes)).collect()
    };
    assert_eq!(seen(&db).await, [(0, Some(10), Some(1))], "what was seen once stands in its own row");
    let mut tx = db.store.write().await.unwrap();
    // The same file again tells nothing; with other counts it is a look, and so is an older one that comes late.
    for mention in [post(5, Some(counts(10, Some(1)))), post(60, Some(counts(500, None))), post(61, None)] {
        assert!(!tx.insert_mentions(&[mention]).await.unwrap()[0].new);
    }
    tx.note_engagement(&id, &counts(40, None), at(30), false).await.unwrap();
    tx.note_engagement(&id, &counts(500, None), at(360), false).await.unwrap();
    tx.note_engagement(&MentionId::from("nobody"), &counts(1, None), at(1), false).await.unwrap();
    tx.commit().await.unwrap();
    let expected = [(0, 10), (30, 40), (60, 500), (360, 500)].map(|(at, views)| (at, Some(views), Some(1)));
    assert_eq!(seen(&db).await, expected);
    let row = db.store.mention(&id).await.unwrap().unwrap();
    assert_eq!(row.engagement.unwrap().0, counts(500, Some(1)), "the newest stand with the mention");
    finish(&db, &[finished(&id, &[])]).await;
    let mut tx = db.store.write().await.unwrap();
    let (gone, _) = tx.let_mentions_go(at(10_000), 10).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((gone, seen(&db).await.len()), (1, 0), "they go with the mention");
}
