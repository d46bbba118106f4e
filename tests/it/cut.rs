//! A network that can be cut: stands between the product and PostgreSQL, and passes everything on until it no longer does.
//! Nothing is closed then, as when a cable is pulled.

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// A way to a database that can be cut off.
pub struct Cut {
    /// The database's URL by this way.
    pub url: String,
    off: CancellationToken,
}

impl Cut {
    /// A way to the database of that URL.
    pub async fn before(url: &str) -> Self {
        let mut way = url::Url::parse(url).expect("a URL");
        let to = format!("{}:{}", way.host_str().expect("a host"), way.port().expect("a port"));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        way.set_port(Some(listener.local_addr().expect("its number").port())).expect("a port");
        way.set_host(Some("127.0.0.1")).expect("a host");
        let off = CancellationToken::new();
        let stop = off.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(pass(near, to.clone(), stop.clone()));
            }
        });
        Self { url: way.to_string(), off }
    }

    /// From now on nothing passes, in neither direction.
    pub fn off(&self) {
        self.off.cancel();
    }
}

async fn pass(mut near: TcpStream, to: String, off: CancellationToken) {
    let Ok(mut far) = TcpStream::connect(to).await else { return };
    if off.run_until_cancelled(copy_bidirectional(&mut near, &mut far)).await.is_none() {
        // Neither end hears that the other is gone.
        std::future::pending::<()>().await;
    }
}
