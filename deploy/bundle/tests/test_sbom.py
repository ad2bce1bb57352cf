"""The bill of materials: what is in the image is in it, once and the same each time."""

import json
import subprocess

import pytest

import catalog

STATUS = """Package: libssl3
Status: install ok installed
Architecture: amd64
Version: 3.0.15-1~deb12u1
Maintainer: Debian OpenSSL Team

Package: gone
Status: deinstall ok config-files
Version: 1

Package: adduser
Status: install ok installed
Architecture: all
Version: 1:3.134+x
"""


@pytest.fixture
def bill(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text('ID=debian\nVERSION_ID="12"\n', encoding="utf-8")
    (tmp_path / "var/lib/dpkg").mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/status").write_text(STATUS, encoding="utf-8")
    command = [catalog.ROOT / "deploy/sbom", "--version=0.1.0", tmp_path]
    return lambda: subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_packages_of_both_kinds_are_in_it_and_removed_ones_are_not(bill):
    found = json.loads(bill())
    places = [component["purl"] for component in found["components"]]
    assert "pkg:deb/debian/libssl3@3.0.15-1~deb12u1?arch=amd64&distro=debian-12" in places
    assert "pkg:deb/debian/adduser@1%3A3.134%2Bx?arch=all&distro=debian-12" in places
    assert any(place.startswith("pkg:swift/github.com/apple/swift-nio@2.") for place in places)
    assert not any("gone" in place for place in places) and len(set(places)) == len(places)
    assert found["dependencies"][0]["dependsOn"] == places and found["specVersion"] == "1.6"


def test_the_same_image_has_the_same_bill(bill):
    assert bill() == bill()
