//! How much of what is deployed is judged in one run: a few hundred deployers of one folder can deploy its objects a
//! hundred thousand times.

use super::jobs::{Job, Task};
use super::render_loop::Rendering;
use super::roots::{Reason, Root};
use crate::load::Texts;

/// How many objects are judged that deployers bring. Each costs about 15 KB of memory.
const MOST_OBJECTS: usize = 200_000;

/// Keeps as many as are judged. Of each other the deployer says that it was not.
pub(super) fn keep(
    roots: &mut [Root],
    texts: &Texts,
    renderings: Vec<(Job, Rendering)>,
) -> Vec<(Job, Rendering)> {
    keep_most(MOST_OBJECTS, roots, texts, renderings)
}

fn keep_most(
    most: usize,
    roots: &mut [Root],
    texts: &Texts,
    renderings: Vec<(Job, Rendering)>,
) -> Vec<(Job, Rendering)> {
    let mut left = most;
    let mut kept = Vec::new();
    for (job, rendering) in renderings {
        let objects = match (&job.task, &rendering) {
            (Task::Files(files), _) => files.iter().map(|file| texts.documents(*file).len()).sum(),
            (_, Some(Ok(text))) => text.documents.len(),
            (_, Some(Err(_)) | None) => 0,
        };
        if let Some(rest) = left.checked_sub(objects) {
            left = rest;
            kept.push((job, rendering));
        } else {
            let root = &mut roots[job.deployer.map_or(job.root, |(deployer, _)| deployer)];
            let message = format!("more than {most} objects are deployed, too many for one run");
            root.leave_unjudged(Reason::TooLarge, root.at, message);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_is_said_at_its_deployer() {
        let mut texts = Texts::default();
        let file = texts.add("a.yaml", "a: 1\n---\nb: 2\n");
        let job = |deployer| Job {
            root: deployer,
            deployer: Some((deployer, 1)),
            cluster: None,
            namespace: None,
            assumed: crate::load::Assumed::default(),
            set: None,
            is_other_answer: false,
            task: Task::Files(vec![file]),
        };
        let mut roots = vec![Root::default(), Root::default(), Root::default()];
        let renderings = [0, 1, 2].map(|deployer| (job(deployer), None));
        let kept = keep_most(5, &mut roots, &texts, renderings.into());
        assert_eq!(kept.iter().map(|(job, _)| job.root).collect::<Vec<_>>(), [0, 1]);
        let unjudged = roots.iter().map(|root| root.unjudged.len()).collect::<Vec<_>>();
        assert_eq!(unjudged, [0, 0, 1]);
        assert_eq!(roots[2].unjudged[0].reason, Reason::TooLarge);
    }
}
