# SPDX-License-Identifier: GPL-2.0-only
# What crit makes of images, in one process. `fields`: the fields of each message that it knows; `load DIR`: each image
# decoded, plainly and pretty, and whether encoding it again gives the same bytes; `faults DIR NAME...`: why it cannot
# decode those of these images that it cannot. Answers in JSON.
import io
import json
import os
import sys

sys.path.insert(0, '/usr/lib/python3/dist-packages')

from pycriu import images  # noqa: E402
from pycriu.images import pb  # noqa: E402


def fields():
    return {name: [field.number for field in value.DESCRIPTOR.fields]
            for name, value in vars(pb).items() if hasattr(value, 'DESCRIPTOR') and hasattr(value.DESCRIPTOR, 'fields')}


def attempt(action):
    try:
        return action()
    except Exception as error:
        return {'error': '%s: %s' % (type(error).__name__, error)}


def load(directory, name):
    with open(os.path.join(directory, name), 'rb') as file:
        data = file.read()
    plain = attempt(lambda: images.load(io.BytesIO(data)))
    pretty = attempt(lambda: images.load(io.BytesIO(data), True))

    def again():
        # crit takes entries out of the list it encodes.
        return images.dumps(json.loads(json.dumps(plain))) == data

    return {'plain': plain, 'pretty': pretty, 'same': attempt(again)}


def fault(directory, name):
    def both():
        for pretty in (False, True):
            with open(os.path.join(directory, name), 'rb') as file:
                images.load(file, pretty)

    return attempt(both)


if sys.argv[1] == 'fields':
    print(json.dumps(fields()))
elif sys.argv[1] == 'faults':
    found = {name: fault(sys.argv[2], name) for name in sys.argv[3:]}
    print(json.dumps({name: value['error'] for name, value in found.items() if value}))
else:
    print(json.dumps({name: load(sys.argv[2], name) for name in sorted(os.listdir(sys.argv[2]))}))
