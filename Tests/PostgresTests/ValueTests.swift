import FoundationEssentials
import Postgres
import Primitives
import Testing

@Suite struct `Values` {
    @Test func `Every kind of value comes back as it was sent`() async throws {
        try await withClient { client in
            func echo<Value: PostgresEncodable & PostgresDecodable & Equatable>(_ value: Value, _ type: SQL) async throws {
                let row = try await client.query("SELECT \(value)::\(type) AS v, \(Value?.none)::\(type) AS n").single()
                #expect(try row.decode("v", as: Value.self) == value)
                #expect(try row.decode("n", as: Value?.self) == nil)
                #expect(try row.decode(0, as: Value?.self) == value)
            }
            try await echo("grüße 🐘 \"quoted\" \\ back", "text")
            try await echo("", "text")
            try await echo(Int.min, "int8")
            try await echo(Int64.max, "int8")
            try await echo(Int32.min, "int4")
            try await echo(0.1 + 0.2, "float8")
            try await echo(-Double.infinity, "float8")
            try await echo(Float(1.5), "float4")
            try await echo(true, "bool")
            try await echo(UUID(), "uuid")
            try await echo(Date(timeIntervalSinceReferenceDate: 812_345_678.125), "timestamptz")
            try await echo(Date(timeIntervalSinceReferenceDate: -5_000_000_000.5), "timestamptz")
            try await echo([UInt8](0...255), "bytea")
            try await echo([UInt8](), "bytea")
            try await echo(Duration.milliseconds(-90_061_001), "interval")
            try await echo(["a", "", "NULL", "{x,\"y\"}", "ü"], "text[]")
            try await echo([String](), "text[]")
            try await echo(["a", nil, "c"], "text[]")
            try await echo([1, -2, .max], "int8[]")
            try await echo([Int32(7), 8], "int4[]")
            try await echo([Int64(7), 8], "int8[]")
            try await echo([1.5, -0.25], "float8[]")
            try await echo([Float(1.5)], "float4[]")
            try await echo([UUID(), UUID()], "uuid[]")
            try await echo([true, false], "bool[]")
        }
    }

    @Test(arguments: [
        ("5874897-12-31", nil), ("4713-01-01 BC", nil), ("9999-12-31", "9999-12-31"), ("1582-10-15", "1582-10-15"), ("1582-10-14", nil),
    ])
    func `A date is read as far as Postgres has them, and as text from 1582-10-15 to the year 9999`(literal: String, text: String?)
        async throws
    {
        try await withClient { client in
            let row = try await client.query("SELECT \(literal)::text::date AS d, extract(epoch from \(literal)::text::date)::float8 AS e")
                .single()
            #expect(try row.decode("d", as: Date.self).timeIntervalSince1970 == row.decode("e", as: Double.self))
            #expect((try? row.decode("d", as: String.self)) == text)
        }
    }

    @Test(
        arguments: [
            (PostgresType.date, [0x80, 0, 0, 1]), (.date, [0x7F, 0xFF, 0xFF, 0xFE]), (.timestamp, [0x80, 0, 0, 0, 0, 0, 0, 1]),
            (.timestamptz, [0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE]), (.interval, [0x80] + Array(repeating: 0, count: 15)),
            (.numeric, [0, 0, 0x7F, 0xFF, 0, 0, 0, 0]),
        ] as [(PostgresType, [UInt8])])
    func `A cell that no server sends does not end the process`(type: PostgresType, bytes: [UInt8]) {
        let cell = Cell(type: type, bytes: bytes[...])
        _ = (String(cell: cell), Date(cell: cell), Duration(cell: cell), Int64(cell: cell))
    }

    @Test func `An array of arrays is refused, because each level would take some of the stack`() {
        func array(of type: UInt8, _ element: [UInt8]) -> [UInt8] {
            // One dimension, no NULLs, the type of the elements, one element from 1, its length.
            [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, type, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, UInt8(element.count)] + element
        }
        let flat = array(of: 0xF1, array(of: 0xF1, []))
        #expect(String(cell: Cell(type: .textArray, bytes: flat[...])) == nil)
    }

    @Test(arguments: [
        ("0.00", "0.00"), ("-12345.678900", "-12345.678900"), ("100000000", "100000000"), ("0.00001234", "0.00001234"), ("'NaN'", "NaN"),
        ("1e20", "100000000000000000000"),
    ])
    func `Numeric is read as Postgres prints it`(literal: String, expected: String) async throws {
        try await withClient { client in
            let row = try await client.query(SQL(script: "SELECT \(literal)::numeric")).single()
            #expect(try row.decode(0, as: String.self) == expected)
        }
    }

    @Test func `Other types are read in neighboring kinds`() async throws {
        try await withClient { client in
            let row = try await client.query(
                """
                SELECT 7::int2, 7::oid, 7::numeric, '{"a": [1]}'::jsonb, '{"a":1}'::json, '2026-01-31'::date, 'x'::name, 7::int8, 2.5::float8,
                       '2026-01-31 12:00:01.5+00'::timestamptz, '\\x00ff'::bytea, ARRAY['a b', NULL]
                """
            ).single()
            #expect(try row.decode(0, as: Int.self) == 7)
            #expect(try row.decode(1, as: Int.self) == 7)
            #expect(try row.decode(2, as: Int.self) == 7)
            #expect(try row.decode(2, as: Double.self) == 7)
            #expect(try row.decode(3, as: String.self) == #"{"a": [1]}"#)
            #expect(try row.decode(4, as: PostgresJSON.self) == PostgresJSON(#"{"a":1}"#))
            #expect(try row.decode(5, as: Date.self) == Date(timeIntervalSince1970: 1_769_817_600))
            #expect(try row.decode(6, as: String.self) == "x")
            #expect(try row.decode(7, as: String.self) == "7")
            #expect(try row.decode(8, as: String.self) == "2.5")
            #expect(try row.decode(9, as: String.self) == "2026-01-31 12:00:01.5+00")
            #expect(try row.decode(10, as: String.self) == "\\x00ff")
            #expect(try row.decode(11, as: String.self) == #"{"a b",NULL}"#)
        }
    }

    @Test func `Rows decode as tuples and by name, and say what does not fit`() async throws {
        try await withClient { client in
            let id = UUID()
            let rows = try await client.query(
                "SELECT \(id) AS id, 'a' AS title, NULL::int AS size UNION ALL SELECT \(id), 'b', 3 ORDER BY 2")
            let decoded = try rows.decode(as: (UUID.self, String.self, Int?.self))
            #expect(decoded.map(\.0) == [id, id])
            #expect(decoded.map(\.1) == ["a", "b"])
            #expect(decoded.map(\.2) == [nil, 3])
            #expect(rows.columnNames == ["id", "title", "size"])
            #expect(try rows.decodeColumn(as: UUID.self) == [id, id])
            let wrong = #expect(throws: PostgresError.self) { try rows[0].decode("title", as: Int.self) }
            #expect(wrong?.code == .decoding)
            #expect(wrong?.message.contains("title") == true)
            #expect(throws: PostgresError.self) { try rows[0].decode("size", as: Int.self) }
            #expect(throws: PostgresError.self) { try rows[0].decode("none", as: Int.self) }
            #expect(throws: PostgresError.self) { try rows[0].decode(3, as: Int.self) }
            #expect(throws: PostgresError.self) { try rows.single() }
        }
    }

    @Test func `Text with a NUL is refused before it is sent`() async throws {
        try await withClient { client in
            for sql: SQL in ["SELECT \("a\0b")", "SELECT \(["a", "\0"])", "SELECT \(["a", "\0", nil])", "SELECT \(PostgresJSON("\0"))"] {
                let error = await #expect(throws: PostgresError.self) { try await client.query(sql) }
                #expect(error?.code == .encoding)
                #expect(error?.message.contains("NUL") == true)
            }
        }
    }

    @Test func `A large bytea survives both ways`() async throws {
        try await withClient { client in
            let bytes = (0..<(24 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
            let row = try await client.query("SELECT \(bytes) AS body, octet_length(\(bytes))", deadline: .after(.seconds(120))).single()
            #expect(try row.decode(1, as: Int.self) == bytes.count)
            #expect(try row.decode("body", as: [UInt8].self) == bytes)
        }
    }

    @Test func `Arrays carry bulk writes`() async throws {
        try await withClient { client in
            try await client.withConnection { connection in
                _ = try await connection.query("CREATE TABLE page (id uuid PRIMARY KEY, title text, size int, note text)")
                let ids = (0..<5000).map { _ in UUID() }
                let titles = (0..<5000).map { "page \($0)" }
                let notes = (0..<5000).map { $0 % 2 == 0 ? nil : "odd" }
                let rows = try await connection.query(
                    "INSERT INTO page SELECT * FROM unnest(\(ids), \(titles), \(Array(0..<5000)), \(notes))")
                #expect(rows.affectedRows == 5000)
                let odd = try await connection.query("SELECT count(*) FROM page WHERE note = 'odd' AND size % 2 = 1").single()
                #expect(try odd.decode(0, as: Int.self) == 2500)
            }
        }
    }

    @Test func `Broken binary values are refused, not trusted`() {
        let array = PostgresType.int8Array
        let cases: [[UInt8]] = [
            [], [0, 0, 0, 1], [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 20, 0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1],
            [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 99, 1], [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 20],
        ]
        for bytes in cases { #expect([Int](cell: Cell(type: array, bytes: bytes[...])) == nil) }
        #expect(Int(cell: Cell(type: .int8, bytes: [1, 2])) == nil)
        #expect(UUID(cell: Cell(type: .uuid, bytes: [1])) == nil)
        #expect(Date(cell: Cell(type: .timestamptz, bytes: [1])) == nil)
        #expect(String(cell: Cell(type: .text, bytes: [0xFF])) == nil)
        #expect(String(cell: Cell(type: .numeric, bytes: [0, 9, 0, 0, 0, 0, 0, 0])) == nil)
    }
}
