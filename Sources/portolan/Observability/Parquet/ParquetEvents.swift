import FoundationEssentials
import Storage

/// Events as a table in Parquet: the keys of the envelope as columns, `ts` as a timestamp, objects as JSON. Rows are kept until there are enough for
/// a row group; the bytes are to be written one after another.
///
/// Our own, because neither the tool chain nor the distribution has a library for it: one page a column, plain, not compressed.
/// Source: `README.md`, `Encodings.md` and `parquet.thrift` of Apache Parquet.
struct ParquetEvents {
    /// Rows of a group, and the bytes of a column at which one ends early: readers take a page into memory as a whole.
    private static let rows = 10_000
    private static let bytes = 8 << 20

    private var columns: [ParquetColumn] = [
        ParquetColumn("number", .int64), ParquetColumn("ts", .timestamp), ParquetColumn("type", .text), ParquetColumn("level", .text),
        ParquetColumn("run_id", .text, isOptional: true), ParquetColumn("config_hash", .text, isOptional: true),
        ParquetColumn("service", .text), ParquetColumn("context", .json), ParquetColumn("ids", .json), ParquetColumn("payload", .json),
    ]
    private var groups: [CompactStruct] = []
    private var waiting = 0
    private var total = 0
    private var offset = 4

    /// What a file begins with, and ends with.
    static let mark = Array("PAR1".utf8)

    /// Takes an event in.
    /// - Returns: The bytes of a row group when one is full, else none.
    /// - Throws: When the event's time cannot be read.
    mutating func append(_ event: EventEnvelope) throws -> [UInt8] {
        let time = try Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(event.ts)
        let objects = try event.objects()
        columns[0].append(event.number)
        columns[1].append(Int64((time.timeIntervalSince1970 * 1000).rounded()))
        let texts: [String?] = [event.type, event.level, event.runID, event.configHash, event.service] + objects
        for (index, text) in texts.enumerated() { columns[index + 2].append(text) }
        waiting += 1
        return waiting >= Self.rows || columns.contains { $0.size >= Self.bytes } ? group() : []
    }

    /// The rows that still wait, and the end of the file.
    mutating func end() -> [UInt8] {
        let rest = waiting > 0 ? group() : []
        var root = CompactStruct()
        root.add("event", 4)
        root.add(Int32(columns.count), 5)
        var footer = CompactStruct()
        footer.add(Int32(1), 1)
        footer.add([root] + columns.map(\.element), 2)
        footer.add(Int64(total), 3)
        footer.add(groups, 4)
        footer.add("portolan", 6)
        let bytes = footer.ended
        var end = rest + bytes
        end.append(littleEndian: UInt32(bytes.count))
        return end + Self.mark
    }

    private mutating func group() -> [UInt8] {
        var bytes: [UInt8] = []
        var chunks: [CompactStruct] = []
        for index in columns.indices {
            let (chunk, metadata) = columns[index].chunk(rows: waiting, at: offset + bytes.count)
            bytes += chunk
            chunks.append(metadata)
        }
        var group = CompactStruct()
        group.add(chunks, 1)
        group.add(Int64(bytes.count), 2)
        group.add(Int64(waiting), 3)
        groups.append(group)
        offset += bytes.count
        total += waiting
        waiting = 0
        return bytes
    }
}
