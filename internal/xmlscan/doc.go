// Package xmlscan reads XML as SOAP uses it: strictly, with namespaces, without a DTD and without allocating.
//
// A [Scanner] walks over one document in memory and checks every constraint of XML 1.0 (fifth edition) and of Namespaces
// in XML 1.0 (third edition) that applies where there is no DTD. Document type declarations and processing instructions,
// which SOAP forbids, are refused with errors of their own. [ToUTF8] prepares a document that came in another encoding;
// it belongs before the first [Scanner.Reset] of anything that was received, since it also compares the bytes with the
// encoding that the document declares.
//
// Positions in comments such as "XML 1.0, 2.4" and "XML Names, 5" are sections of these two specifications.
package xmlscan
