// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "catalog/catalog.h"

// Private to the catalog: the stored form of its records.
namespace kalamdb::catalog {

// Keys in the store's meta family. Names are unique, so they are the keys; a table's key is its id,
// which survives a rename.
//   catalog/ns/<name>   catalog/table/<id, u32 big-endian>   catalog/user/<id>
//   catalog/storage/<id>   catalog/next_table_id
inline constexpr std::string_view kCatalogPrefix = "catalog/";
inline constexpr std::string_view kNamespacePrefix = "catalog/ns/";
inline constexpr std::string_view kTablePrefix = "catalog/table/";
inline constexpr std::string_view kUserPrefix = "catalog/user/";
inline constexpr std::string_view kStoragePrefix = "catalog/storage/";
inline constexpr std::string_view kNextTableIdKey = "catalog/next_table_id";

std::string NamespaceKey(std::string_view name);
std::string TableKey(TableId id);
std::string UserKey(const UserId& id);
std::string StorageKey(std::string_view id);

std::string EncodeNamespace(const NamespaceDef& def);
std::string EncodeTable(const TableDef& def);  // Without what is derived: layout and is_dropped.
std::string EncodeUser(const UserDef& def);
std::string EncodeStorage(const StorageDef& def);
std::string EncodeNextTableId(uint32_t id);

// Corruption when `bytes` is not what the encoder wrote. Fields that a later version of the program
// added are skipped; fields that an earlier one did not write have the defaults of the structures.
StatusOr<NamespaceDef> DecodeNamespace(std::string_view bytes);
StatusOr<TableDef> DecodeTable(std::string_view bytes);
StatusOr<UserDef> DecodeUser(std::string_view bytes);
StatusOr<StorageDef> DecodeStorage(std::string_view bytes);
StatusOr<uint32_t> DecodeNextTableId(std::string_view bytes);

}  // namespace kalamdb::catalog
