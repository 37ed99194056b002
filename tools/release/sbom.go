package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
)

// sbom lists what is built into the programs of a release, as CycloneDX 1.6 in JSON. It has no random serial number, so that
// it is the same each time.
func sbom(to io.Writer, b build, goVersion string, all []dependency) error {
	main := "pkg:golang/" + module + "@" + b.version
	bom := cyclonedx.NewBOM()
	bom.Metadata = &cyclonedx.Metadata{
		Timestamp: b.time,
		Component: &cyclonedx.Component{
			BOMRef: main, Type: cyclonedx.ComponentTypeApplication, Name: module, Version: b.version, PackageURL: main,
		},
	}
	standard := cyclonedx.Component{
		BOMRef: "pkg:golang/std@" + strings.TrimPrefix(goVersion, "go"), Type: cyclonedx.ComponentTypeLibrary, Name: "std",
		Version: goVersion, PackageURL: "pkg:golang/std@" + strings.TrimPrefix(goVersion, "go"),
		Licenses: &cyclonedx.Licenses{{License: &cyclonedx.License{ID: "BSD-3-Clause"}}},
	}
	components := []cyclonedx.Component{standard}
	refs := []string{standard.BOMRef}
	for _, d := range all {
		component, err := d.component()
		if err != nil {
			return err
		}
		components = append(components, component)
		refs = append(refs, component.BOMRef)
	}
	bom.Components = &components
	bom.Dependencies = &[]cyclonedx.Dependency{{Ref: main, Dependencies: &refs}}
	encoder := cyclonedx.NewBOMEncoder(to, cyclonedx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false)
	if err := encoder.EncodeVersion(bom, cyclonedx.SpecVersion1_6); err != nil {
		return fmt.Errorf("write the list of what is built in: %w", err)
	}
	return nil
}

func (d dependency) component() (cyclonedx.Component, error) {
	at := "pkg:golang/" + d.Path + "@" + d.Version
	var terms cyclonedx.Licenses
	for _, id := range d.Licence {
		terms = append(terms, cyclonedx.LicenseChoice{License: &cyclonedx.License{ID: id}})
	}
	digest, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(d.Sum, "h1:"))
	if err != nil {
		return cyclonedx.Component{}, fmt.Errorf("read the checksum of %s: %w", d.Path, err)
	}
	return cyclonedx.Component{
		BOMRef: at, Type: cyclonedx.ComponentTypeLibrary, Name: d.Path, Version: d.Version, PackageURL: at, Licenses: &terms,
		Hashes: &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: hex.EncodeToString(digest)}},
	}, nil
}
