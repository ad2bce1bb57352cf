import FoundationEssentials
import Testing

@testable import Telemetry

/// What the machine allows the process.
@Suite struct PlatformTests {
    private func withCgroup(_ file: String, _ text: String, _ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/cgroup-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(file)"))
        try body(folder)
    }

    @Test(arguments: [("50000 100000\n", 0.5), ("100000 100000", 1.0)])
    func `A container's share of processors counts`(text: String, processors: Double) throws {
        try withCgroup("cpu.max", text) { #expect(ProcessorLimit.current(cgroup: $0) == processors) }
    }

    @Test(arguments: ["max 100000\n", "", "many", "-1 100000", "100000 0", "900000000 100000"])
    func `Without a bound that can be read, or with one beyond the machine, the machine's processors count`(text: String) throws {
        try withCgroup("cpu.max", text) { folder in
            let machine = ProcessorLimit.current(cgroup: "/nowhere")
            #expect(machine >= 1 && ProcessorLimit.current(cgroup: folder) == machine)
        }
    }

    @Test func `A file system has room, and what is not there has none`() throws {
        let space = try #require(DiskSpace(path: "/"))
        #expect(space.sizeBytes > 0 && space.freeBytes >= 0 && space.freeBytes <= space.sizeBytes)
        #expect(DiskSpace(path: "/nowhere/at/all") == nil)
    }
}
