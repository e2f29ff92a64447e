//! What of a download has come whole. A file is whole when its own URL's ranges and its data inside archives cover it
//! together, so that nobody collects it in halves; an archive when all of it came. An archive that breaks off after its
//! first files does not count, unless parts of it were asked for by range or a file was fetched by its own URL as well: then
//! somebody may be collecting.
use std::ops::Range;
use std::sync::Arc;

use super::counting::Progress;
use super::plans::ArchivePlan;
use super::ranges::RangeSet;
use super::{Object, store};
use crate::app::App;
use crate::db::Conn;
use crate::error::Result;
use crate::ids::{DownloadId, DownloadObjectId, FileId, PackageId};

/// Everything of one download that was delivered or written ahead, object by object, ended ones too.
pub(super) struct Coverage {
    objects: Vec<Covered>,
}

struct Covered {
    object: Object,
    ranges: RangeSet,
    /// The layout, where it matters: of an archive of which something came.
    plan: Option<Arc<ArchivePlan>>,
}

impl Coverage {
    /// Reads it. What a full set cannot tell apart counts as delivered.
    pub async fn of(conn: &mut Conn, app: &App, package: PackageId, download: DownloadId) -> Result<Self> {
        let mut objects = Vec::new();
        for object in store::all_objects(conn, download).await? {
            let mut ranges = object.delivered()?;
            for claim in store::claims(conn, object.id).await? {
                ranges.insert_in_doubt(claim.claimed_from..claim.claimed_to);
            }
            objects.push(Covered { object, ranges, plan: None });
        }
        let is_mixed = objects.len() > 1;
        for covered in &mut objects {
            // Alone and in one piece, an archive counts as an archive only: no need to know what is where.
            if let Some(ids) = &covered.object.archive_files
                && (is_mixed || covered.object.in_pieces)
            {
                covered.plan = app.plans.frozen(conn, package, &ids.0).await?;
            }
        }
        Ok(Self { objects })
    }

    /// The things that bytes of `window` of this object could make whole. What has no bytes is no thing.
    pub fn things(&self, object: DownloadObjectId, window: &Range<u64>) -> Vec<Thing> {
        let Some(this) = self.objects.iter().find(|covered| covered.object.id == object) else { return Vec::new() };
        let whole = 0..this.object.size;
        if whole.is_empty() {
            return Vec::new();
        }
        if let Some(file) = this.object.file_id {
            let missing = self.of_file(file, this).gaps(whole.clone());
            return vec![Thing { place: whole, missing }];
        }
        let mut things = vec![Thing { missing: this.ranges.gaps(whole.clone()), place: whole }];
        let Some(plan) = &this.plan else { return things };
        for (file, place) in plan.touched(window) {
            let elsewhere = self.of_file(file.id, this);
            if this.object.in_pieces || !elsewhere.is_empty() {
                let missing = this.and(&elsewhere, &place).gaps(place.clone());
                things.push(Thing { place, missing });
            }
        }
        things
    }

    /// How far the download has come, of the thing that came furthest; and the object of it.
    pub fn furthest(&self) -> Option<(&Object, Progress)> {
        let mut furthest: Option<(&Object, Progress)> = None;
        for covered in &self.objects {
            let things = self.things(covered.object.id, &(0..covered.object.size));
            let progress = things.iter().map(Thing::progress).max().unwrap_or(Progress::Nothing);
            if furthest.is_none_or(|(_, known)| progress > known) {
                furthest = Some((&covered.object, progress));
            }
        }
        furthest
    }

    /// How many bytes at least are missing until something is whole; `None` where nothing was started.
    pub fn missing_at_least(&self) -> Option<u64> {
        let living = self.objects.iter().filter(|covered| covered.object.ended_at.is_none());
        let things = living.flat_map(|covered| self.things(covered.object.id, &(0..covered.object.size)));
        things.map(|thing| thing.missing_bytes()).min()
    }

    /// What came of the file: by its own URLs and by archives. Without what `this` archive brought.
    fn of_file(&self, file: FileId, this: &Covered) -> RangeSet {
        let mut ranges = RangeSet::new();
        for covered in &self.objects {
            if covered.object.file_id == Some(file) {
                covered.ranges.intervals().iter().for_each(|range| ranges.insert_in_doubt(range.clone()));
                continue;
            }
            if covered.object.id == this.object.id {
                continue;
            }
            let Some(place) = covered.plan.as_ref().and_then(|plan| plan.place_of(file)) else { continue };
            for range in covered.ranges.intervals() {
                let (start, end) = (range.start.max(place.start), range.end.min(place.end));
                if start < end {
                    ranges.insert_in_doubt(start - place.start..end - place.start);
                }
            }
        }
        ranges
    }
}

impl Covered {
    /// What came of the file that lies at `place` in this archive: here, and `elsewhere`.
    fn and(&self, elsewhere: &RangeSet, place: &Range<u64>) -> RangeSet {
        let mut all = RangeSet::new();
        let intervals = self.ranges.intervals();
        let first = intervals.partition_point(|interval| interval.end <= place.start);
        for range in intervals[first..].iter().take_while(|interval| interval.start < place.end) {
            all.insert_in_doubt(range.start.max(place.start)..range.end.min(place.end));
        }
        for range in elsewhere.intervals() {
            all.insert_in_doubt(place.start + range.start..place.start + range.end);
        }
        all
    }
}

/// Something that can come whole: a file, or an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Thing {
    /// Where it lies in the object.
    pub place: Range<u64>,
    /// What is missing of it, as places in the object, in order.
    pub missing: Vec<Range<u64>>,
}

impl Thing {
    pub fn is_whole(&self) -> bool {
        self.missing.is_empty()
    }

    fn missing_bytes(&self) -> u64 {
        self.missing.iter().map(|range| range.end - range.start).sum()
    }

    fn progress(&self) -> Progress {
        let size = self.place.end - self.place.start;
        Progress::of(size - self.missing_bytes(), size)
    }
}
