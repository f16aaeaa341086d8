(function_declaration name: (_) @name) @function
(method_declaration
  receiver: (parameter_list
    (parameter_declaration type: [
      (type_identifier) @container
      (generic_type) @container
      (pointer_type (_) @container)
    ]))
  name: (_) @name) @method

; type X struct, alone or in a group
(source_file (type_declaration . (type_spec name: (_) @name type: (struct_type)) .) @class)
(source_file (type_declaration . (type_spec name: (_) @name type: (interface_type)) .) @interface)
(source_file (type_declaration . (type_spec name: (_) @name) .) @type.minor)
(source_file (type_declaration . (type_alias name: (_) @name) .) @type.minor)
(type_spec name: (_) @name type: (struct_type)) @class
(type_spec name: (_) @name type: (interface_type)) @interface

(source_file (const_declaration (const_spec name: (_) @name)) @constant.minor)
(source_file (var_declaration [
  (var_spec name: (_) @name)
  (var_spec_list (var_spec name: (_) @name))
]) @constant.minor)
