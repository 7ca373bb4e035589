//! References to images.

/// The parts of a reference to an image; what is not written is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image<'a> {
    /// The name, with registry and folders.
    pub repository: &'a str,
    /// What follows the colon.
    pub tag: &'a str,
    /// What follows the `@`.
    pub digest: &'a str,
}

impl<'a> Image<'a> {
    /// Splits a reference (kustomize `api/internal/image/image.go`, `Split`): a colon before the first slash is that of
    /// a port.
    #[must_use]
    pub fn parse(image: &'a str) -> Self {
        let from = image.find('/').unwrap_or(0);
        let at = image[from..].find('@').map(|at| at + from);
        let end = at.unwrap_or(image.len());
        let colon = image[from..end].find(':').map(|colon| colon + from);
        Self {
            repository: &image[..colon.unwrap_or(end)],
            tag: colon.map_or("", |colon| &image[colon + 1..end]),
            digest: at.map_or("", |at| &image[at + 1..]),
        }
    }
}

/// Other names of Docker Hub, and registries that hold copies of it and take nothing else (docs.docker.com, "Docker Hub
/// mirror"; cloud.google.com, "Pull cached images"; gallery.ecr.aws, "docker").
const HUB: [&str; 6] = [
    "index.docker.io",
    "registry-1.docker.io",
    "registry.hub.docker.com",
    "mirror.gcr.io",
    "public.ecr.aws/docker",
    "hub.docker.com",
];

impl Image<'_> {
    /// Its registry, folders and name as a registry is asked for them: what names no registry is Docker Hub's, and there
    /// what has no folder is Docker's own (distribution/reference `normalize.go`).
    #[must_use]
    pub fn address(&self) -> String {
        let (host, path) = self.repository.split_once('/').unwrap_or(("", self.repository));
        let is_host = host.contains(['.', ':']) || host == "localhost";
        let path = if is_host { path } else { self.repository };
        let whole = if is_host { format!("{}/{path}", host.to_ascii_lowercase()) } else { String::new() };
        let of_hub = HUB.iter().find_map(|hub| whole.strip_prefix(hub)?.strip_prefix('/'));
        match of_hub.or(whole.strip_prefix("docker.io/")).or((!is_host).then_some(path)) {
            Some(path) if path.contains('/') => format!("docker.io/{path}"),
            Some(name) => format!("docker.io/library/{name}"),
            None => whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Image;

    #[test]
    fn an_address_begins_with_the_registry_that_is_asked() {
        for (image, address) in [
            ("debian", "docker.io/library/debian"),
            ("calico/node:v3", "docker.io/calico/node"),
            ("docker.io/haproxy", "docker.io/library/haproxy"),
            ("mirror.gcr.io/envoyproxy/envoy", "docker.io/envoyproxy/envoy"),
            ("public.ecr.aws/docker/library/traefik", "docker.io/library/traefik"),
            ("public.ecr.aws/eks/node", "public.ecr.aws/eks/node"),
            ("Evil.example/calico/node", "evil.example/calico/node"),
            ("localhost/calico/node", "localhost/calico/node"),
            ("registry:5000/node", "registry:5000/node"),
        ] {
            assert_eq!(Image::parse(image).address(), address);
        }
    }
}
