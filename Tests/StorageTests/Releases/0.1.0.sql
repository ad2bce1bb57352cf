SELECT name, checksum FROM portolan.schema_migration
--------
SELECT to_regclass('portolan.schema_migration') IS NOT NULL
--------
delete from portolan.documentation where id = $1 returning id
--------
delete from portolan.leader where name = $1 and holder = $2
--------
delete from portolan.page where documentation_id = $1 and path = any($2)
--------
delete from portolan.raw_page where documentation_id = $1 and path = any($2)
--------
delete from portolan.section where documentation_id = $1 and path = any($2)
--------
delete from portolan.slot_claim where slot = $1 and holder = $2 returning slot
--------
delete from portolan.term_statistic where documentation_id = $1 and chunks <= 0
--------
delete from portolan.validation v using unnest($1::text[], $2::text[]) as t (path, validator)
where v.version_id = $3 and v.validator = t.validator and v.path = t.path
--------
insert into portolan.artifact (id, version_id, status, name, storage_key, bytes, source_url, etag, last_modified,
  fault_code, fetched_at)
values ($1, $2, $3, $4, $5,
  $6, $7, $8, $9, $10,
  $11)
on conflict (id, version_id) do update set status = excluded.status, name = excluded.name,
  storage_key = excluded.storage_key, source_url = excluded.source_url, etag = excluded.etag,
  last_modified = excluded.last_modified, fault_code = excluded.fault_code, fetched_at = excluded.fetched_at,
  recorded_at = now()
--------
insert into portolan.catalog_version as v (id, service, slot, label, documentation_id, job_id, plan_id, created_at)
values ($1, $2, $3, $4, $5,
  $6, $7, $8)
on conflict (id) do update set label = excluded.label, documentation_id = coalesce(excluded.documentation_id, v.documentation_id),
  job_id = coalesce(excluded.job_id, v.job_id), plan_id = coalesce(excluded.plan_id, v.plan_id),
  state = case v.state when 'rejected' then 'staged' else v.state end
--------
insert into portolan.crawl_outcome (job_id, url, final_url, kind, reason, http_status, detail, depth, is_transient, links,
  page_path, title, content, text_checksum, content_checksum, etag, last_modified, listed_at)
select $1, url, final_url, kind, reason, http_status, detail, depth, is_transient,
  coalesce(string_to_array(nullif(links, ''), E'\x1f'), '{}'), page_path, title,
  substring($2::bytea from content_start for content_length), decode(text_checksum, 'hex'),
  decode(content_checksum, 'hex'), etag, last_modified, listed_at
from unnest($3::text[], $4::text[],
  $5::text[], $6::text[],
  $7::int[], $8::text[],
  $9::int[], $10::bool[],
  $11::text[], $12::text[],
  $13::text[], $14::int[], $15::int[],
  $16::text[], $17::text[],
  $18::text[], $19::text[], $20::text[])
  as t (url, final_url, kind, reason, http_status, detail, depth, is_transient, links, page_path, title, content_start,
    content_length, text_checksum, content_checksum, etag, last_modified, listed_at)
on conflict (job_id, url) do nothing
--------
insert into portolan.embedding (profile_id, checksum, vector)
select $1::smallint, decode(c, 'hex'), v::halfvec from unnest($2::text[], $3::text[]) as t (c, v)
on conflict (profile_id, checksum) do nothing
--------
insert into portolan.event (type, level, job_id, documentation_id, correlation_id, payload)
values ($1, $2, $3, $4, $5,
  $6::jsonb)
--------
insert into portolan.extracted_file (version_id, artifact_id, path, format, bytes, sha256, storage_key)
select $1, $2, path, format, bytes, decode(digest, 'hex'), key
from unnest($3::text[], $4::text[], $5::bigint[],
  $6::text[], $7::text[]) as t (path, format, bytes, digest, key)
on conflict (version_id, path) do nothing
--------
insert into portolan.job (id, documentation_id, source_id, priority, settings, retry_of, idempotency_key,
  idempotency_digest, correlation_id, traceparent)
values ($1, $2, $3, $4, $5::jsonb,
  $6, $7, $8,
  $9, $10)
--------
insert into portolan.latest_pointer as p (slot, version_id, set_by) values ($1, $2, $3)
on conflict (slot) do update set version_id = excluded.version_id, set_at = now(), set_by = excluded.set_by
--------
insert into portolan.leader as l (name, holder, expires_at) values ($1, $2, now() + $3::interval)
on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at,
  fence = case when l.holder = excluded.holder then l.fence else l.fence + 1 end
where l.holder = excluded.holder or l.expires_at < now()
returning fence
--------
insert into portolan.library (id, name) values ($1, $2)
on conflict (name) do update set name = excluded.name returning id
--------
insert into portolan.library_version (id, library_id, version) values ($1, $2, $3)
on conflict (library_id, version) do update set version = excluded.version returning id
--------
insert into portolan.outbox (job_id, stream)
select j.id, j.priority from portolan.job j
where j.status not in ('COMPLETED', 'FAILED', 'STOPPED') and j.released_at is not null and j.lease_holder is null
  and not exists (select from portolan.outbox o where o.job_id = j.id
    and (o.published_at is null or o.published_at > now() - $1::interval))
returning id
--------
insert into portolan.outbox (job_id, stream) values ($1, $2)
--------
insert into portolan.page (documentation_id, path, url, title, etag, last_modified, text_checksum, content_checksum, links,
  listed_at, fetched_at)
select $1, path, url, title, etag, last_modified, decode(text_checksum, 'hex'), decode(content_checksum, 'hex'),
  coalesce(string_to_array(nullif(links, ''), E'\x1f'), '{}'), listed_at, $2
from unnest($3::text[], $4::text[], $5::text[],
  $6::text[], $7::text[],
  $8::text[], $9::text[],
  $10::text[], $11::text[])
  as t (path, url, title, etag, last_modified, text_checksum, content_checksum, links, listed_at)
on conflict (documentation_id, path) do update set url = excluded.url, title = excluded.title, etag = excluded.etag,
  last_modified = excluded.last_modified, text_checksum = excluded.text_checksum,
  content_checksum = excluded.content_checksum, links = excluded.links, listed_at = excluded.listed_at,
  fetched_at = excluded.fetched_at
--------
insert into portolan.raw_page (documentation_id, path, url, content_type, charset, body)
select j.documentation_id, t.path, t.url, t.content_type, t.charset, substring($1::bytea from t.start for t.length)
from portolan.job j, unnest($2::text[], $3::text[],
  $4::text[], $5::text[], $6::int[],
  $7::int[]) as t (path, url, content_type, charset, start, length)
where j.id = $8
on conflict (documentation_id, path) do update set url = excluded.url, content_type = excluded.content_type,
  charset = excluded.charset, body = excluded.body, fetched_at = now()
--------
insert into portolan.section as s (documentation_id, page_path, anchor, path, parent_path, title, heading_path, level, ordinal,
  url, summary, content, token_count, checksum, chunking, fetched_at)
select $1, page_path, anchor, path, parent_path, title,
  coalesce(string_to_array(nullif(heading_path, ''), E'\x1f'), '{}'), level, ordinal, url, summary, content, token_count,
  decode(checksum, 'hex'), chunking, $2
from unnest($3::text[], $4::text[], $5::text[],
  $6::text[], $7::text[],
  $8::text[], $9::int[],
  $10::int[], $11::text[], $12::text[],
  $13::text[], $14::int[],
  $15::text[], $16::text[])
  as t (page_path, anchor, path, parent_path, title, heading_path, level, ordinal, url, summary, content, token_count,
    checksum, chunking)
on conflict (documentation_id, path) do update set page_path = excluded.page_path, anchor = excluded.anchor,
  parent_path = excluded.parent_path, title = excluded.title, heading_path = excluded.heading_path, level = excluded.level,
  ordinal = excluded.ordinal, url = excluded.url, summary = excluded.summary, content = excluded.content,
  token_count = excluded.token_count, checksum = excluded.checksum, chunking = excluded.chunking,
  fetched_at = excluded.fetched_at
--------
insert into portolan.slot_claim as c (slot, holder, expires_at)
values ($1, $2, now() + make_interval(secs => $3))
on conflict (slot) do update set holder = excluded.holder, expires_at = excluded.expires_at
  where c.expires_at <= now() or c.holder = excluded.holder
returning slot
--------
insert into portolan.source as s (id, documentation_id, kind, location, settings, subject, cursor)
values ($1, $2, $3, $4,
  $5::jsonb, $6, $7)
on conflict (documentation_id, kind, location) do update set settings = excluded.settings,
  subject = coalesce(excluded.subject, s.subject), cursor = coalesce(excluded.cursor, s.cursor), updated_at = now()
returning id
--------
insert into portolan.term_statistic as s (term, documentation_id, chunks)
select term, $1, change from unnest($2::int[], $3::int[])
  as t (term, change)
on conflict (term, documentation_id) do update set chunks = s.chunks + excluded.chunks
--------
insert into portolan.validation (version_id, file_id, path, validator, status, detail)
select $1, f.id, t.path, t.validator, t.status, t.detail
from unnest($2::text[], $3::text[], $4::text[], $5::text[])
  as t (path, validator, status, detail)
left join portolan.extracted_file f on f.version_id = $6 and f.path = t.path
--------
insert into portolan.validation (version_id, file_id, path, validator, status, detail, checked_at)
select $1, f.id, f.path, v.validator, v.status, v.detail, v.checked_at
from portolan.latest_pointer p
join portolan.extracted_file o on o.version_id = p.version_id
join portolan.extracted_file f on f.version_id = $2 and f.path = o.path and f.sha256 = o.sha256
join portolan.validation v on v.file_id = o.id
where p.slot = $3 and p.version_id <> $4
on conflict (version_id, validator, path) do nothing
--------
insert into portolan.verification as v (job_id, documentation_id, is_ready, report, verified_at)
select j.id, j.documentation_id, $1, $2::jsonb, $3
from portolan.job j where j.id = $4
on conflict (job_id) do update set is_ready = excluded.is_ready, report = excluded.report,
  verified_at = excluded.verified_at
returning job_id
--------
select * from (
  select e.id, e.at, e.type, e.level, e.job_id, e.documentation_id, e.correlation_id, e.payload::text as payload
  from portolan.event e
  where ($1::bigint is null or e.id > $2) and ($3::text is null or e.level = $4)
    and ($5::text is null or e.type = $6 or starts_with(e.type, $7 || '.'))
    and ($8::uuid is null or e.job_id = $9)
  order by case when $10::bigint is null then -e.id else e.id end limit $11) page
order by id
--------
select * from portolan.artifact where version_id = $1 order by id
--------
select 1 from pg_extension where extname = 'vector'
--------
select boilerplate, held_back from portolan.documentation where id = $1
--------
select c.id as chunk_id, c.text as body, c.heading_path as chunk_heading_path, c.anchor, s.id, s.documentation_id, l.name as library, v.version, s.path, s.parent_path, s.title, s.heading_path, s.level::int as level,
s.url, s.summary, s.token_count, s.fetched_at, '' as content
from unnest($1::bigint[]) with ordinality as wanted (id, position)
join portolan.chunk c on c.id = wanted.id join portolan.section s join portolan.documentation d on d.id = s.documentation_id
join portolan.library_version v on v.id = d.version_id join portolan.library l on l.id = v.library_id on s.id = c.section_id
order by wanted.position limit $2
--------
select coalesce(d.kind, h.kind) as kind, coalesce(d.n, 0) as n, d.last, h.token from (
  select kind, count(*) as n, max(received_at) as last from portolan.webhook_delivery
  where received_at > now() - interval '24 hours' group by kind) d
full join portolan.webhook_handshake h on h.kind = d.kind order by 1
--------
select count(*) as n from portolan.documentation d join portolan.library_version v on v.id = d.version_id
join portolan.library l on l.id = v.library_id left join portolan.embedding_profile p on p.id = d.profile_id where true
--------
select count(*) as n from portolan.job j where ($1::text is null or j.status = $2)
and ($3::uuid is null or j.documentation_id = $4)
--------
select count(*) as n from portolan.job where status not in ('COMPLETED', 'FAILED', 'STOPPED')
--------
select count(*) as n from portolan.library
--------
select count(*) as n from portolan.section s where s.documentation_id = $1 and true
--------
select count(*) as n from portolan.source
--------
select d.id, l.name as library, v.version, d.root_url, d.title, d.section_count, d.chunk_count, d.last_synced, d.created_at,
p.model, p.dimension, (select count(*) from portolan.job j where j.documentation_id = d.id) as jobs,
(select j.status from portolan.job j where j.documentation_id = d.id order by j.created_at desc, j.id desc limit 1) as last_status from portolan.documentation d join portolan.library_version v on v.id = d.version_id
join portolan.library l on l.id = v.library_id left join portolan.embedding_profile p on p.id = d.profile_id where d.id = $1
--------
select d.id, l.name as library, v.version, d.root_url, d.title, d.section_count, d.chunk_count, d.last_synced, d.created_at,
p.model, p.dimension, (select count(*) from portolan.job j where j.documentation_id = d.id) as jobs,
(select j.status from portolan.job j where j.documentation_id = d.id order by j.created_at desc, j.id desc limit 1) as last_status from portolan.documentation d join portolan.library_version v on v.id = d.version_id
join portolan.library l on l.id = v.library_id left join portolan.embedding_profile p on p.id = d.profile_id where true
order by l.name, v.version, d.root_url, d.id limit $1 offset $2
--------
select d.section_count as recorded_sections, d.chunk_count as recorded_chunks, p.model,
  (select count(*) from portolan.page where documentation_id = d.id) as pages,
  s.sections, s.without_page, s.without_chunks, c.chunks, c.terms,
  case when d.profile_id is null then 0 else (
    select count(*) from portolan.chunk x where x.documentation_id = d.id and not exists (
      select from portolan.embedding e where e.profile_id = d.profile_id and e.checksum = x.checksum)) end
    as without_vector,
  (select coalesce(sum(t.chunks), 0) from portolan.term_statistic t where t.documentation_id = d.id) as recorded_terms
from portolan.documentation d
left join portolan.embedding_profile p on p.id = d.profile_id
cross join lateral (
  select count(*) as sections,
    count(*) filter (where not exists (
      select from portolan.page g where g.documentation_id = d.id and g.path = n.page_path)) as without_page,
    count(*) filter (where not exists (select from portolan.chunk k where k.section_id = n.id)) as without_chunks
  from portolan.section n where n.documentation_id = d.id) s
cross join lateral (
  select count(*) as chunks, coalesce(sum(cardinality(k.terms)), 0) as terms
  from portolan.chunk k where k.documentation_id = d.id) c
where d.id = $1
--------
select distinct page_path from portolan.section s where s.documentation_id = $1 and (s.chunking <> $2 or exists (select from portolan.chunk c where c.section_id = s.id and not exists (
  select from portolan.embedding e where e.profile_id = $3::smallint and e.checksum = c.checksum)))
--------
select from portolan.documentation where id = $1
--------
select from portolan.documentation where id = $1 for no key update
--------
select from portolan.outbox where published_at is null limit 1
--------
select id::int as id from portolan.embedding_profile
where model = $1 and revision = $2 and dimension = $3
--------
select j.id, j.documentation_id, l.name as library, v.version, j.settings::text as settings, j.status, j.progress_percent::int as percent,
j.pages_processed, j.pages_by_outcome::text as pages_by_outcome, j.sections_changed, j.sections_unchanged, j.sections_deleted,
j.pages_held_back, j.chunks_embedded, j.chunks_reused, j.stop_requested, j.fault::text as fault, j.stage_seconds::text as stage_seconds, j.attempt,
j.retry_of, j.correlation_id, j.traceparent, j.created_at, j.started_at, j.finished_at,
(select x.is_ready from portolan.verification x where x.job_id = j.id) as is_ready from portolan.job j join portolan.documentation d on d.id = j.documentation_id
join portolan.library_version v on v.id = d.version_id join portolan.library l on l.id = v.library_id where ($1::text is null or j.status = $2)
and ($3::uuid is null or j.documentation_id = $4)
order by j.created_at desc, j.id limit $5 offset $6
--------
select j.id, j.documentation_id, l.name as library, v.version, j.settings::text as settings, j.status, j.progress_percent::int as percent,
j.pages_processed, j.pages_by_outcome::text as pages_by_outcome, j.sections_changed, j.sections_unchanged, j.sections_deleted,
j.pages_held_back, j.chunks_embedded, j.chunks_reused, j.stop_requested, j.fault::text as fault, j.stage_seconds::text as stage_seconds, j.attempt,
j.retry_of, j.correlation_id, j.traceparent, j.created_at, j.started_at, j.finished_at,
(select x.is_ready from portolan.verification x where x.job_id = j.id) as is_ready from portolan.job j join portolan.documentation d on d.id = j.documentation_id
join portolan.library_version v on v.id = d.version_id join portolan.library l on l.id = v.library_id where j.id = $1
--------
select l.name, v.version, v.is_latest,
  (select count(*) from portolan.documentation d where d.version_id = v.id) as documentations
from (select id, name from portolan.library order by name limit $1 offset $2) l
join portolan.library_version v on v.library_id = l.id
order by l.name, v.created_at, v.version
--------
select listing_trust::int as listing_trust, listing_round from portolan.documentation where id = $1
--------
select max(at) as at from portolan.event where type = 'catalog.reconcile.complete'
--------
select null::uuid as documentation, null::int as term, sum(chunk_count)::bigint as chunks
from portolan.documentation
union all
select null, term, sum(chunks)::bigint from portolan.term_statistic where term = any($1::int[]) group by term
--------
select path, bytes, sha256, storage_key from portolan.extracted_file where version_id = $1 order by path
--------
select path, page_path, checksum, chunking from portolan.section where documentation_id = $1
--------
select path, url, title, etag, last_modified, text_checksum, content_checksum, links, listed_at, fetched_at
from portolan.page where documentation_id = $1
--------
select pg_notify('portolan_outbox', '')
--------
select pg_notify('portolan_sources', '')
--------
select portolan.ensure_profile(
  $1, $2, $3, $4)::int as id
--------
select portolan.merge_terms()
--------
select s.id, s.documentation_id, l.name as library, v.version, s.path, s.parent_path, s.title, s.heading_path, s.level::int as level,
s.url, s.summary, s.token_count, s.fetched_at, '' as content from portolan.section s join portolan.documentation d on d.id = s.documentation_id
join portolan.library_version v on v.id = d.version_id join portolan.library l on l.id = v.library_id
where s.documentation_id = $1 and true
order by s.page_path, s.ordinal limit $2
--------
select s.id, s.documentation_id, l.name as library, v.version, s.path, s.parent_path, s.title, s.heading_path, s.level::int as level,
s.url, s.summary, s.token_count, s.fetched_at, '' as content from portolan.section s join portolan.documentation d on d.id = s.documentation_id
join portolan.library_version v on v.id = d.version_id join portolan.library l on l.id = v.library_id where s.documentation_id = $1 and true
order by s.page_path, s.ordinal limit $2 offset $3
--------
select s.id, s.documentation_id, l.name as library, v.version, s.path, s.parent_path, s.title, s.heading_path, s.level::int as level,
s.url, s.summary, s.token_count, s.fetched_at, s.content from portolan.section s join portolan.documentation d on d.id = s.documentation_id
join portolan.library_version v on v.id = d.version_id join portolan.library l on l.id = v.library_id
where s.documentation_id = $1 and s.path = $2
--------
select s.id, s.documentation_id, l.name as library, v.version, s.settings::text as settings, s.subject, s.poll_seconds, s.schedule,
s.is_paused, s.fault::text as fault, s.cursor, s.sync_requested_at, s.next_poll_at, s.polled_at, s.received, s.queued, s.errors,
s.failures, s.created_at, case when s.is_paused then 'PAUSED' when exists (select from portolan.job j where j.source_id = s.id
  and j.status not in ('COMPLETED', 'FAILED', 'STOPPED')) then 'RUNNING' else s.state end as state from portolan.source s join portolan.documentation d on d.id = s.documentation_id
join portolan.library_version v on v.id = d.version_id join portolan.library l on l.id = v.library_id
order by l.name, v.version, s.location, s.id limit $1 offset $2
--------
select s.id, s.documentation_id, l.name as library, v.version, s.settings::text as settings, s.subject, s.poll_seconds, s.schedule,
s.is_paused, s.fault::text as fault, s.cursor, s.sync_requested_at, s.next_poll_at, s.polled_at, s.received, s.queued, s.errors,
s.failures, s.created_at, case when s.is_paused then 'PAUSED' when exists (select from portolan.job j where j.source_id = s.id
  and j.status not in ('COMPLETED', 'FAILED', 'STOPPED')) then 'RUNNING' else s.state end as state from portolan.source s join portolan.documentation d on d.id = s.documentation_id
join portolan.library_version v on v.id = d.version_id join portolan.library l on l.id = v.library_id where s.id = $1
--------
select s.path, s.page_path, s.url, s.heading_path, coalesce(left((
  select c.text from portolan.chunk c where c.section_id = s.id order by c.ordinal limit 1), 1000), '') as text
from (
  select id, path, page_path, url, heading_path from portolan.section
  where documentation_id = $1
  order by token_count < 30, md5(path || $2) limit $3) s
--------
select set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true),
  set_config('hnsw.iterative_scan', 'strict_order', true),
  set_config('hnsw.ef_search', $1, true)
--------
select slot, version_id, set_at, set_by from portolan.latest_pointer where slot = $1
--------
select status, stop_requested, fence = $1 and lease_holder = $2 as held
from portolan.job where id = $3 for no key update
--------
select url, final_url, kind, reason, http_status, detail, depth::int as depth, is_transient, links, page_path, title, content is not null as staged, text_checksum,
content_checksum, etag, last_modified, listed_at from portolan.crawl_outcome where job_id = $1 order by ordinal
--------
select v.id, v.service, v.slot, v.label, v.state, v.documentation_id, v.job_id, v.plan_id, v.created_at, v.published_at from (
  select c.*, row_number() over (
    partition by c.slot, c.state = 'published' order by c.published_at desc nulls last, c.created_at desc, c.id) as position,
    exists (select from portolan.latest_pointer p where p.version_id = c.id) as is_latest
  from portolan.catalog_version c where $1::text is null or c.slot = $2) v
where not v.is_latest and case
  when v.state = 'published' then v.position > $3 - (case when exists (
      select from portolan.latest_pointer p join portolan.catalog_version l on l.id = p.version_id
      where p.slot = v.slot and l.published_at < v.published_at) then 1 else 0 end)
    and v.published_at <= now() - make_interval(secs => $4)
  else v.created_at <= now() - make_interval(secs => $5) end
order by v.created_at, v.id limit $6
--------
select v.id, v.service, v.slot, v.label, v.state, v.documentation_id, v.job_id, v.plan_id, v.created_at, v.published_at from portolan.catalog_version v where v.job_id = $1
order by (select max(a.recorded_at) from portolan.artifact a where a.version_id = v.id) desc nulls last, v.id limit 1
--------
select v.slot, j.documentation_id, j.correlation_id from portolan.catalog_version v, portolan.job j
where v.id = $1 and j.id = $2
--------
select v.version from portolan.library l join portolan.library_version v on v.library_id = l.id where l.name = $1
order by v.version = $2 desc nulls last limit $3
--------
select value from portolan.secret where name = 'cursor'
--------
select version, is_latest from portolan.library_version where library_id = $1 for update
--------
select wanted.checksum from (select distinct decode(x, 'hex') as checksum from unnest($1::text[]) x) wanted
where not exists (
  select from portolan.embedding e where e.profile_id = $2::smallint and e.checksum = wanted.checksum)
--------
update portolan.catalog_version set state = 'published', published_at = coalesce(published_at, now())
where id = $1 and slot = $2 and state <> 'rejected'
  and exists (select from portolan.artifact a where a.version_id = $3 and a.storage_key is not null)
returning id
--------
update portolan.crawl_outcome set content = null, links = '{}' where job_id = $1 and content is not null
--------
update portolan.documentation d set
  title = coalesce($1, title),
  boilerplate = $2,
  section_count = (select count(*) from portolan.section s where s.documentation_id = d.id),
  chunk_count = (select count(*) from portolan.chunk c where c.documentation_id = d.id),
  listing_trust = coalesce($3::smallint, listing_trust),
  listing_round = coalesce($4, listing_round),
  last_synced = $5,
  profile_id = coalesce((select id from portolan.embedding_profile p where p.model = $6
    and p.revision = $7 and p.dimension = $8), profile_id)
where id = $9
--------
update portolan.documentation set held_back = $1 where id = $2
--------
update portolan.job set chunks_embedded = chunks_embedded + $1, progressed_at = now()
where id = $2
--------
update portolan.job set crawl_complete = $1 where id = $2
--------
update portolan.job set progress_percent = greatest(progress_percent, $1),
  pages_processed = greatest(pages_processed, $2),
  pages_by_outcome = $3::jsonb,
  sections_changed = $4, sections_unchanged = $5,
  sections_deleted = $6, pages_held_back = $7,
  chunks_embedded = greatest(chunks_embedded, $8),
  chunks_reused = $9, stage_seconds = $10::jsonb,
  status = coalesce($11, status), progressed_at = now(),
  finished_at = case when $12 then now() else finished_at end
where id = $13
--------
update portolan.job set sections_changed = $1,
  sections_unchanged = $2, sections_deleted = $3
where id = $4
--------
update portolan.job set status = $1, progress_percent = $2,
  started_at = coalesce(started_at, now()), progressed_at = now()
where id = $3
--------
update portolan.job set status = 'STOPPED', finished_at = now(), lease_holder = null, lease_expires_at = null, fence = fence + 1
where stop_requested and status not in ('COMPLETED', 'FAILED', 'STOPPED') and id in (
  select id from portolan.job where lease_holder is not null and status not in ('COMPLETED', 'FAILED', 'STOPPED')
    and (lease_expires_at < now() or progressed_at < now() - $1::interval)
  for no key update skip locked) returning id
--------
update portolan.library_version set is_latest = false where library_id = $1 and is_latest
--------
update portolan.library_version set is_latest = true where library_id = $1 and version = $2
--------
update portolan.source set is_paused = $1 where id = $2
--------
update portolan.source set poll_seconds = $1, schedule = $2, next_poll_at = now(),
  sync_requested_at = now() where id = $3
--------
update portolan.source set state = $1, fault = $2::jsonb, failures = $3,
  polled_at = now(), poll_holder = null, poll_expires_at = null,
  queued = queued + $4, errors = errors + $5,
  next_poll_at = case when sync_requested_at is distinct from $6 then now()
    else $7 end,
  sync_requested_at = case when sync_requested_at is distinct from $8 or $9
    then sync_requested_at end
where id = $10 and poll_holder = $11
--------
update portolan.source set sync_requested_at = now(), next_poll_at = now() where id = $1
--------
with due as (
  select s.id from portolan.source s
  where s.next_poll_at <= now() and not s.is_paused and (s.poll_expires_at is null or s.poll_expires_at < now())
    and not exists (select from portolan.job j where j.source_id = s.id
      and j.status not in ('COMPLETED', 'FAILED', 'STOPPED'))
    and (select count(*) from portolan.job where status not in ('COMPLETED', 'FAILED', 'STOPPED')) < $1
  order by s.next_poll_at limit $2 for update of s skip locked),
taken as (
  update portolan.source s set poll_holder = $3, poll_expires_at = now() + $4::interval from due where s.id = due.id
  returning s.id)
select s.id, s.documentation_id, l.name as library, v.version, s.settings::text as settings, s.subject, s.poll_seconds, s.schedule,
s.is_paused, s.fault::text as fault, s.cursor, s.sync_requested_at, s.next_poll_at, s.polled_at, s.received, s.queued, s.errors,
s.failures, s.created_at, case when s.is_paused then 'PAUSED' when exists (select from portolan.job j where j.source_id = s.id
  and j.status not in ('COMPLETED', 'FAILED', 'STOPPED')) then 'RUNNING' else s.state end as state, last.status as last_status, last.fault::text as last_fault
from taken join portolan.source s join portolan.documentation d on d.id = s.documentation_id
join portolan.library_version v on v.id = d.version_id join portolan.library l on l.id = v.library_id on s.id = taken.id
left join lateral (select j.status, j.fault from portolan.job j where j.source_id = s.id
  order by j.created_at desc limit 1) last on true
--------
with failed as (
  update portolan.job set status = 'FAILED', fault = $1::jsonb, finished_at = now(),
    lease_holder = null, lease_expires_at = null, fence = fence + 1
  where status not in ('COMPLETED', 'FAILED', 'STOPPED') and id in (
  select id from portolan.job where lease_holder is not null and status not in ('COMPLETED', 'FAILED', 'STOPPED')
    and (lease_expires_at < now() or progressed_at < now() - $2::interval)
  for no key update skip locked) and attempt >= $3
  returning id, attempt)
insert into portolan.dead_letter (job_id, kind, reason, attempts)
select id, 'ingest.run', $4, attempt from failed returning id
--------
with free as (
  select id from portolan.job
  where id = any($1) and status not in ('COMPLETED', 'FAILED', 'STOPPED') and released_at is not null
    and (lease_holder is null or lease_expires_at < now())
  order by id for no key update skip locked)
update portolan.job j set
  status = case when stop_requested then 'STOPPED' else status end,
  finished_at = case when stop_requested then now() else finished_at end,
  lease_holder = case when stop_requested then null else $2 end,
  lease_expires_at = now() + $3::interval, fence = fence + 1, attempt = attempt + 1, progressed_at = now(),
  started_at = coalesce(started_at, now())
from free where j.id = free.id
returning j.id, fence, attempt, correlation_id, traceparent, lease_holder is not null
--------
with free as (
  update portolan.job set lease_holder = null, lease_expires_at = null, fence = fence + 1, progressed_at = now()
  where status not in ('COMPLETED', 'FAILED', 'STOPPED') and id in (
  select id from portolan.job where lease_holder is not null and status not in ('COMPLETED', 'FAILED', 'STOPPED')
    and (lease_expires_at < now() or progressed_at < now() - $1::interval)
  for no key update skip locked) returning id, priority)
insert into portolan.outbox (job_id, stream) select id, priority from free returning id
--------
with fresh as (
  insert into portolan.documentation (id, version_id, root_url) values ($1, $2, $3)
  on conflict (version_id, root_url) do nothing returning id)
select id from fresh
union all select id from portolan.documentation where version_id = $4 and root_url = $5 limit 1
--------
with gone as (
  delete from portolan.chunk c using portolan.section s
  where s.id = c.section_id and s.documentation_id = $1 and s.path = any($2)
  returning c.terms)
select term, count(*) as n from gone, unnest(gone.terms) as term group by term
--------
with marked as (update portolan.outbox set published_at = now() where id = any($1))
select o.id, o.stream, o.job_id, j.documentation_id, j.correlation_id, j.traceparent, j.attempt
from portolan.outbox o join portolan.job j on j.id = o.job_id
where o.published_at is null and o.id > $2 and j.released_at is not null
  and j.status not in ('COMPLETED', 'FAILED', 'STOPPED')
order by o.id limit $3
--------
with matching as materialized (
  select c.id, c.section_id, (-(c.weights <#> $1::sparsevec)) as score from portolan.chunk c
  where c.terms && $2::int[] and c.documentation_id = any($3::uuid[]))
select best.id, best.section_id, best.score, s.page_path,
  (select count(*) from (select from matching group by section_id) as section) as sections
from (select * from matching order by score desc, id limit $4) as best
  join portolan.section s on s.id = best.section_id
order by best.score desc, best.id
--------
with matching as materialized (
  select c.id, c.section_id, (-(c.weights <#> $1::sparsevec)) as score from portolan.chunk c
  where c.terms && $2::int[] and true)
select best.id, best.section_id, best.score, s.page_path,
  (select count(*) from (select from matching group by section_id) as section) as sections
from (select * from matching order by score desc, id limit $3) as best
  join portolan.section s on s.id = best.section_id
order by best.score desc, best.id
--------
with scope as materialized (
  select d.id, d.chunk_count from portolan.documentation d join portolan.library_version v on v.id = d.version_id
  join portolan.library l on l.id = v.library_id where true and d.id = $1)
select id as documentation, null::int as term, chunk_count::bigint as chunks from scope
union all
select null, null, sum(chunk_count)::bigint from portolan.documentation
union all
select null, s.term, sum(s.chunks)::bigint from portolan.term_statistic s
where s.term = any($2::int[]) and s.documentation_id in (select id from scope) group by s.term
--------
with scope as materialized (
  select d.id, d.chunk_count from portolan.documentation d join portolan.library_version v on v.id = d.version_id
  join portolan.library l on l.id = v.library_id where true and l.name = $1 and (v.version = $2 or ($3 = 'latest' and v.is_latest and not exists (
  select from portolan.library_version named where named.library_id = v.library_id and named.version = 'latest'))))
select id as documentation, null::int as term, chunk_count::bigint as chunks from scope
union all
select null, null, sum(chunk_count)::bigint from portolan.documentation
union all
select null, s.term, sum(s.chunks)::bigint from portolan.term_statistic s
where s.term = any($4::int[]) and s.documentation_id in (select id from scope) group by s.term
--------
with taken as (
  select count(*) as n from portolan.job
  where released_at is not null and status not in ('COMPLETED', 'FAILED', 'STOPPED')),
waiting as (
  select distinct on (j.documentation_id) j.id, j.documentation_id, j.priority, j.created_at
  from portolan.job j
  where j.status not in ('COMPLETED', 'FAILED', 'STOPPED') and j.released_at is null and j.not_before <= now()
    and not exists (
      select from portolan.job busy where busy.documentation_id = j.documentation_id and busy.id <> j.id
      and (busy.released_at is not null or busy.started_at is not null)
      and busy.status not in ('COMPLETED', 'FAILED', 'STOPPED'))
  order by j.documentation_id, (j.priority = 'high') desc, j.created_at, j.id),
chosen as (
  select id from waiting order by (priority = 'high') desc, created_at, id
  limit greatest($1 - (select n from taken), 0))
update portolan.job set released_at = now() where id in (select id from chosen)
--------
with written as materialized (
  select s.id, wanted.number from unnest($1::text[]) with ordinality as wanted (path, number)
  join portolan.section s on s.documentation_id = $2 and s.path = wanted.path)
insert into portolan.chunk (documentation_id, section_id, ordinal, anchor, heading_path, text, token_count, checksum, terms,
  weights)
select $3, written.id, ordinal, anchor,
  coalesce(string_to_array(nullif(heading_path, ''), E'\x1f'), '{}'), body, token_count, decode(checksum, 'hex'),
  terms::int[], weights::sparsevec
from unnest($4::int[], $5::int[], $6::text[],
  $7::text[], $8::text[],
  $9::int[], $10::text[],
  $11::text[], $12::text[])
  as t (section, ordinal, anchor, heading_path, body, token_count, checksum, terms, weights)
join written on written.number = t.section
order by t.section, t.ordinal
--------
