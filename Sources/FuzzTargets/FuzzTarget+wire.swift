import FoundationEssentials
import Messages
import NIOCore
import Postgres
import Primitives

@testable import Redis

extension FuzzTarget {
    /// protobuf-c: envelopes and payloads of the queue. What was read and is written again must be the same.
    static let envelope = FuzzTarget(
        "envelope",
        seeds: {
            let run = IngestRun(jobID: UUID(), documentationID: UUID())
            let envelope = try? Envelope(
                id: UUID(), payload: run, correlationID: "c", attempt: 2, enqueuedAtMilliseconds: 1_750_000_000_000,
                traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", tracestate: "a=b", priority: .high)
            return [try? envelope?.serialized(), try? run.serialized()].compactMap(\.self)
        },
        run: { bytes in
            _ = try? IngestRun(bytes: bytes)
            guard let envelope = try? Envelope(bytes: bytes) else { return }
            _ = try? envelope.payload(as: IngestRun.self)
            guard let written = try? envelope.serialized() else { return }
            precondition((try? Envelope(bytes: written)) == envelope, "An envelope changed on its way.")
        })

    /// hiredis' reader: replies whole and in pieces of one byte must be the same, and limits hold.
    static let resp = FuzzTarget(
        "resp",
        [
            "+OK\r\n:42\r\n$5\r\nhello\r\n$-1\r\n*2\r\n$1\r\na\r\n*1\r\n:-7\r\n", "-ERR wrong\r\n*-1\r\n*0\r\n$0\r\n\r\n",
            "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nx\r\n", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n+x\r\n", "*1000000000\r\n",
            "$99999999999\r\n", "_\r\n#t\r\n,1.5\r\n(123\r\n%1\r\n+a\r\n:1\r\n~1\r\n:1\r\n>1\r\n+x\r\n=5\r\ntxt:a\r\n",
        ],
        run: { bytes in
            func decode(_ pieces: [ArraySlice<UInt8>]) -> ([RedisValue], failed: Bool) {
                var decoder = ReplyDecoder(limits: ReplyLimits(size: .kibibytes(8), elements: 1000, line: .kibibytes(1)))
                var values: [RedisValue] = []
                for piece in pieces {
                    var buffer = ByteBuffer(bytes: piece)
                    do { try decoder.decode(&buffer) { values.append($0) } } catch { return (values, true) }
                }
                return (values, false)
            }
            let whole = decode([bytes[...]])
            let split = decode(bytes.indices.map { bytes[$0...$0] })
            precondition(whole.0 == split.0 && (bytes.count > 1000 || whole.failed == split.failed), "Pieces are read differently.")
        })

    /// Cells of rows in binary form: the first two bytes are the type.
    static let rows = FuzzTarget(
        "rows",
        seeds: {
            let types: [UInt16] = [
                16, 17, 20, 21, 23, 25, 26, 114, 700, 701, 705, 1000, 1001, 1007, 1009, 1016, 1021, 1022, 1082, 1114, 1184, 1185, 1186,
                1700, 2950,
                2951, 3802,
            ]
            let array: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 25, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 97]
            let numeric: [UInt8] = [0, 2, 0, 0, 0x40, 0, 0, 4, 0, 12, 0x0D, 0x80]
            return types.flatMap { type in
                [[], [1], [0, 0, 0, 1], Array(repeating: 7, count: 8), Array(repeating: 1, count: 16), array, numeric].map {
                    [UInt8(type >> 8), UInt8(type & 255)] + $0
                }
            }
        },
        run: { bytes in
            guard bytes.count >= 2 else { return }
            let cell = Cell(type: PostgresType(rawValue: UInt32(bytes[0]) << 8 | UInt32(bytes[1])), bytes: bytes[2...])
            _ = (
                String(cell: cell), Int64(cell: cell), Int32(cell: cell), Int(cell: cell), Double(cell: cell), Bool(cell: cell),
                Duration(cell: cell)
            )
            _ = (UUID(cell: cell), Date(cell: cell), [UInt8](cell: cell), [String](cell: cell), [Int64](cell: cell), [Int32](cell: cell))
            _ = (
                [Bool](cell: cell), [String?](cell: cell), [UUID](cell: cell), [Date](cell: cell), [Float](cell: cell),
                PostgresJSON(cell: cell)
            )
        })

    /// Addresses of servers: by libpq for Postgres, by this program for Redis.
    static let addresses = FuzzTarget(
        "addresses",
        [
            "postgres://user:pass%40@host:5432,other:1/db?sslmode=require&options=-c%20a%3Db", "host=a port=1 dbname='x y'",
            "postgresql://%2Ftmp/db", "redis://:pa%40ss@[::1]:7000/1", "rediss://u:p@h/0?sslrootcert=/a&sslcert=/b&sslkey=/c",
            "redis+unix://u:p@/run/redis.sock?db=2",
        ],
        run: { bytes in
            // C strings end at a NUL, and so do the settings that these come from.
            let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            _ = try? PostgresConfiguration(url: text)
            _ = try? RedisConfiguration(url: text)
        })
}
