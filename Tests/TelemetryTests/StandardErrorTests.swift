import FoundationEssentials
import Glibc
import Testing

@testable import Telemetry

@Suite struct StandardErrorTests {
    @Test func `Lines of many tasks arrive whole`() async throws {
        var ends: [Int32] = [0, 0]
        try #require(unsafe pipe(&ends) == 0)
        let (readEnd, writeEnd) = (ends[0], ends[1])
        defer { close(readEnd) }
        let output = StandardError(descriptor: writeEnd)
        let lines = (0..<40).map { String(repeating: String($0 % 10), count: 1000) }
        await withTaskGroup { group in
            for line in lines { group.addTask { output.write(Array((line + "\n").utf8)) } }
        }
        close(writeEnd)
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(readEnd, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            received += chunk.prefix(count)
        }
        #expect(String(decoding: received, as: UTF8.self).split(separator: "\n").sorted() == lines.sorted().map { Substring($0) })
    }
}
