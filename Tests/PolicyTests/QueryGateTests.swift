import Policy
import Testing

@Suite struct `Query gate` {
    private static let template = QueryTemplate(
        "sections", tables: ["section", "documentation", "library", "library_version", "chunk", "page", "embedding_p*"], maximumRows: 100,
        literals: ["latest"])
    private static let byKey = QueryTemplate("section", tables: ["section", "documentation"])
    private static let search = QueryTemplate(
        "search", tables: ["section", "chunk", "documentation"], maximumRows: 400, combinesParts: true, maximumCost: 10_000)
    private static let paths = QueryTemplate("paths", tables: ["edge", "node"], maximumRows: 100, isRecursive: true)
    private static let gate = QueryGate([template, byKey, search, paths])

    private static func code(
        _ text: String, template: String = "sections", parameters: Int? = nil, integers: [Int: Int] = [:], depth: Int = 0,
        timeout: Duration = .seconds(10), plan: QueryGate.Plan? = nil
    ) -> String? {
        let count = parameters ?? (1...9).last { text.contains("$\($0)") } ?? 0
        let statement = QueryGate.Statement(
            template, text, parameters: count, integers: integers, depth: depth, timeout: timeout, plan: plan)
        return GateRegistry().evaluate(gate, statement).rejection?.code.description
    }

    // MARK: - What passes

    /// Statements as the program writes them, with constructions that a careless check would refuse.
    private static let honest = [
        "select s.id from portolan.section s where s.path = $1 limit 10",
        "select count(*) as n from portolan.section where documentation_id = $1",
        "select id, title from portolan.section where starts_with(path, $1) order by page_path, ordinal limit 100 offset $2",
        "select s.title as \"update\", s.content as body from portolan.section s where s.id = $1 limit 1",
        "select l.name, v.version from portolan.library l join portolan.library_version v on v.library_id = l.id limit 100",
        "select l.name from portolan.library l left join portolan.library_version v on v.library_id = l.id and v.is_latest limit 5",
        "select d.id from portolan.documentation d where exists (select from portolan.section s where s.documentation_id = d.id) limit 5",
        "with part as (select id from portolan.section where path = $1) select part.id from part limit 10",
        "with a as materialized (select id from portolan.section), b as (select a.id from a) select b.id from b order by 1 limit 10",
        "select v.version from portolan.library_version v where v.version = $1 or ($1 = 'latest' and v.is_latest) limit 10",
        "select coalesce(max(s.level), 0) + 1 as depth from portolan.section s where s.id = any($1) limit 1",
        "select w.id from unnest($1::bigint[]) with ordinality as w (id, position) join portolan.chunk c on c.id = w.id limit 10",
        "select c.id, 1 - (e.vector::halfvec(384) <=> $1::halfvec(384)) as score from portolan.chunk c join portolan.\"embedding_p3\" e on e.checksum = c.checksum order by score desc limit 50",
        "select s.id from portolan.section s where s.title is distinct from $1 and s.level between 1 and 3 limit 20",
        "select case when s.level = 0 then s.title else s.path end as name from portolan.section s limit 20",
        "select s.id, (select count(*) from portolan.chunk c where c.section_id = s.id) as chunks from portolan.section s limit 20",
        "select id from portolan.section where path = $1 union all select id from portolan.page where path = $1 limit 2",
        "select string_agg(s.title, '' order by s.ordinal) from portolan.section s group by s.page_path limit 20",
        "select s.id from (select id from portolan.section where level < 3 limit 50) s join portolan.chunk c on c.section_id = s.id limit 50",
        "select c.id from portolan.section s cross join lateral (select id from portolan.chunk where section_id = s.id limit 1) c limit 5",
        "select x.term from portolan.chunk c, unnest(c.terms) as x (term) where c.id = $1 limit 90",
        "select s.id from portolan.section s where lower(s.title) like $1 and not s.is_deleted limit $2",
        "SELECT s.id FROM portolan.section AS s WHERE s.level IN (1, 2, 3) ORDER BY s.ordinal LIMIT 10",
        "select rank() over (partition by s.page_path order by s.ordinal) as position from portolan.section s limit 10",
        "select s.set, s.show, s.user, s.table from portolan.section s limit 1",
        "select s.id from portolan.section s where (s.level = $1 or s.level = $2) and s.id > $3 limit 10",
    ]

    @Test func `statements of the program pass`() {
        let refused = Self.honest.compactMap { text in
            Self.code(text, integers: [1: 5, 2: 5, 3: 5]).map { "\($0): \(text)" }
        }
        #expect(refused.isEmpty)
        #expect(Self.honest.count >= 25)
    }

    // MARK: - What does not

    /// What somebody might bring into the place of a value, had it been put into the text.
    private static let fragments = [
        "'' or '1'='1'", "'' or 1=1", "'' or true", "'' or 1<2", "'x' or s.path = s.path", "'x' or s.path like s.path", "'' or not false",
        "'' -- ", "'' /* ", "'x'; drop table portolan.section", "'x'; select pg_sleep(10)", "'x' union select value from portolan.secret",
        "'x' union all select rolpassword from pg_authid", "'x' and (select pg_sleep(5)) is null", "'x' || (select version())",
        "(select value from portolan.secret limit 1)", "(select current_setting('data_directory'))", "E'\\x27 or 1=1'", "U&'\\0027'",
        "$$x$$", "$tag$x$tag$", "'x' and exists (select from pg_shadow)", "current_user", "session_user", "'admin'", "100000",
        "chr(39)", "'x' and 1 = (select count(*) from pg_stat_activity)", "x'27'", "lo_import('/etc/passwd')", "\u{2019} or 1=1",
        "'x' group by 1 having 1=1", "'x' or $1 = $1", "convert_from('x', 'utf8')",
    ]

    /// Whole statements.
    private static let statements = [
        "drop table portolan.section", "delete from portolan.section", "update portolan.section set title = $1",
        "insert into portolan.section values ($1)", "truncate portolan.section", "alter table portolan.section add column x int",
        "create table x (a int)", "grant all on portolan.section to public", "copy portolan.section to program 'sh'", "vacuum full",
        "set role postgres", "reset all", "show all", "explain select 1", "call something()", "do $$ begin end $$", "listen x",
        "prepare x as select 1", "execute x", "begin", "commit", "lock table portolan.section",
        "select id into portolan.copy from portolan.section limit 1", "select id from portolan.section limit 1 for update",
        "select id from portolan.section limit 1 for share", "select id from portolan.section limit 1 for no key update",
        "with x as (delete from portolan.section returning id) select id from x limit 1",
        "with x as (insert into portolan.section values (1) returning id) select id from x limit 1",
        "select 1; select 2", "select id from portolan.section; limit 1", "table portolan.section", "values (1)", "",
        "select pg_read_file($1) limit 1", "select pg_terminate_backend($1) limit 1", "select dblink($1, $2) limit 1",
        "select pg_catalog.pg_sleep($1) limit 1", "select \"pg_sleep\"($1) limit 1", "select nextval($1) limit 1",
        "select set_config($1, $2, false) limit 1", "select query_to_xml($1, true, true, $2) limit 1",
        "select generate_series(1, $1) limit 1", "select repeat($1, $2) limit 1",
        "select id from pg_catalog.pg_class limit 1", "select id from pg_class limit 1", "select id from information_schema.tables limit 1",
        "select value from portolan.secret limit 1", "select id from \"portolan\".\"secret\" limit 1", "select id from section limit 1",
        "select id from other.section limit 1", "select id from portolan.section, portolan.secret limit 1",
        "select a.id from portolan.section a, portolan.chunk b limit 10",
        "select a.id from portolan.section a cross join portolan.chunk b limit 10",
        "select a.id from portolan.section a join portolan.chunk b on true limit 10",
        "select a.id from portolan.section a join portolan.chunk b on 1 = 1 limit 10",
        "select a.id from portolan.section a join portolan.chunk b on a.id = a.id limit 10",
        "select a.id from portolan.section a natural join portolan.chunk b limit 10",
        "select a.id from (select id from portolan.section) a, (select id from portolan.section) b limit 10",
        "with a as (select id from portolan.section) select x.id from a x, a y limit 10",
        "select a.id from (portolan.section a cross join portolan.chunk b) limit 10",
        "with recursive r as (select 1 as n union all select n + 1 from r) select n from r limit 10",
        "select id from portolan.section", "select id from portolan.section limit all", "select id from portolan.section limit null",
        "select id from portolan.section limit 101", "select id from portolan.section limit 99 + 99",
        "select id from portolan.section where id in (select id from portolan.section limit 50)",
        "select id from portolan.section fetch first 1000 rows only",
    ]

    @Test func `attacks are refused`() {
        var passed: [String] = []
        for fragment in Self.fragments {
            let text = "select s.id from portolan.section s where s.path = \(fragment) limit 10"
            if Self.code(text) == nil { passed.append(text) }
        }
        for text in Self.statements where Self.code(text) == nil { passed.append(text) }
        #expect(passed.isEmpty)
        #expect(Self.fragments.count + Self.statements.count >= 100)
    }

    @Test(
        arguments: [
            ("drop table portolan.section", "E_QUERY_STATEMENT"), ("select 1; select 2", "E_QUERY_STATEMENT"),
            ("select id from portolan.section s -- x", "E_QUERY_STATEMENT"), ("select pg_sleep($1) limit 1", "E_QUERY_STATEMENT"),
            ("select id from portolan.section where path = 'x' limit 1", "E_QUERY_PARAMETER"),
            ("select id from portolan.section where path = $2 limit 1", "E_QUERY_PARAMETER"),
            ("select value from portolan.secret limit 1", "E_QUERY_TABLE"),
            ("select a.id from portolan.section a, portolan.chunk b limit 1", "E_QUERY_TABLE"),
            ("select id from portolan.section", "E_QUERY_LIMIT"), ("select id from portolan.section limit 101", "E_QUERY_LIMIT"),
            ("with recursive r as (select 1) select 1 from r limit 1", "E_QUERY_DEPTH"),
            (String(repeating: "(", count: 13), "E_QUERY_STATEMENT"),
            ("select \(String(repeating: "(", count: 13))1\(String(repeating: ")", count: 13)) limit 1", "E_QUERY_DEPTH"),
        ])
    func `each rule has its code`(text: String, expected: String) {
        #expect(Self.code(text) == expected)
    }

    @Test func `only registered statements are sent`() {
        let text = "select s.id from portolan.section s where s.path = $1 limit 10"
        #expect(Self.code(text, template: "sections") == nil)
        #expect(Self.code(text, template: "other") == "E_QUERY_TEMPLATE")
        #expect(Self.code(text, template: "") == "E_QUERY_TEMPLATE")
    }

    @Test func `values and parameters match`() {
        let text = "select s.id from portolan.section s where s.path = $1 limit 10"
        #expect(Self.code(text, parameters: 0) == "E_QUERY_PARAMETER")
        #expect(Self.code(text, parameters: 2) == "E_QUERY_PARAMETER")
    }

    @Test func `a limit is a number within the template's bound`() {
        let text = "select s.id from portolan.section s where s.path = $1 limit $2"
        #expect(Self.code(text, integers: [2: 100]) == nil)
        #expect(Self.code(text, integers: [2: 101]) == "E_QUERY_LIMIT")
        #expect(Self.code(text, integers: [2: -1]) == "E_QUERY_LIMIT")
        #expect(Self.code(text) == "E_QUERY_LIMIT")
        #expect(Self.code("select s.id from portolan.section s where s.path = $1", template: "section") == nil)
    }

    @Test func `depth, time and the planner's estimate are bounded`() {
        let walk = """
            with recursive walk (node, depth) as (
              select $1::bigint, 0 union all
              select e.target, w.depth + 1 from walk w join portolan.edge e on e.source = w.node where w.depth < $2)
            select n.id from walk w join portolan.node n on n.id = w.node limit 100
            """
        #expect(Self.code(walk, template: "paths", depth: 3) == nil)
        #expect(Self.code(walk, template: "paths", depth: 4) == "E_QUERY_DEPTH")
        #expect(Self.code(walk, template: "paths", depth: -1) == "E_QUERY_DEPTH")
        let text = "select s.id from portolan.section s where s.path = $1 limit 10"
        #expect(Self.code(text, timeout: .seconds(30)) == nil)
        #expect(Self.code(text, timeout: .seconds(31)) == "E_QUERY_COST")
        #expect(Self.code(text, timeout: .zero) == "E_QUERY_COST")
        #expect(Self.code(text, template: "search") == "E_QUERY_COST")
        #expect(Self.code(text, template: "search", plan: .init(cost: 10_000, rows: 10_000)) == nil)
        #expect(Self.code(text, template: "search", plan: .init(cost: 10_001, rows: 10)) == "E_QUERY_COST")
        #expect(Self.code(text, template: "search", plan: .init(cost: 10, rows: 10_001)) == "E_QUERY_COST")
        #expect(Self.code(text, template: "search", plan: .init(cost: .nan, rows: 1)) == "E_QUERY_COST")
    }

    @Test func `any text is read to an end`() {
        var random = SplitMix(state: 7)
        let pieces = [
            "select ", "(", ")", "'", "\"", "$1", "$", ";", "--", "from portolan.section ", "limit ", "1", ",", "with ", "as ", "é",
        ]
        for _ in 0..<5000 {
            let text = (0..<Int(random.next() % 20)).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
            _ = Self.code(text)
        }
        #expect(Self.code("select " + String(repeating: "1,", count: 10_000)) == "E_QUERY_STATEMENT")
    }
}
