"""Calls one method, knowing nothing of the service but what its reflection says.

    python call.py ADDRESS SERVICE/METHOD JSON
"""

import sys

import grpc
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

address, method, request = sys.argv[1:]
with grpc.insecure_channel(address) as channel:
    pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    described = pool.FindMethodByName(method.replace("/", "."))
    ask = message_factory.GetMessageClass(described.input_type)
    answer = message_factory.GetMessageClass(described.output_type)
    call = channel.unary_unary(
        "/" + method,
        request_serializer=ask.SerializeToString,
        response_deserializer=answer.FromString,
    )
    print(json_format.MessageToJson(call(json_format.Parse(request, ask()), timeout=10)))
