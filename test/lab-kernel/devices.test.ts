// SPDX-License-Identifier: GPL-2.0-only
import { readdirSync } from 'node:fs';
import { onOurKernel } from './needs.js';
import { python } from './python.js';

const test = onOurKernel();

test('binderfs: a device is made, answers, and goes with its mount', async (t) => {
  const said = await python(`
mount('binder', '/tmp/stasis-binderfs', 'binder', 'stats=global')
os.chdir('/tmp/stasis-binderfs')
control = os.open('binder-control', os.O_RDWR)
device = bytearray(struct.pack('256sII', b'stasis', 0, 0))
fcntl.ioctl(control, 0xc1086201, device)  # BINDER_CTL_ADD
version = bytearray(4)
fcntl.ioctl(os.open('stasis', os.O_RDWR | os.O_NONBLOCK), 0xc0046209, version)  # BINDER_VERSION
print(*sorted(os.listdir('.')), struct.unpack('i', version)[0], os.path.exists('binder_logs/state'))
`);
  t.is(said, 'binder binder-control binder_logs features hwbinder stasis vndbinder 8 True');
});

test('a gadget of configfs is plugged into the controller of the same kernel', async (t) => {
  t.deepEqual(readdirSync('/sys/class/udc'), ['dummy_udc.0']);
  const said = await python(`
mount('none', '/sys/kernel/config', 'configfs')
gadget = '/sys/kernel/config/usb_gadget/stasis'
for folder in ['', 'strings/0x409', 'configs/c.1', 'functions/acm.0']: os.mkdir(os.path.join(gadget, folder))
os.chdir(gadget)
write('idVendor', '0x1d6b')
write('idProduct', '0x0104')
write('strings/0x409/product', 'from the lab')
os.symlink('functions/acm.0', 'configs/c.1/acm.0')
write('UDC', 'dummy_udc.0')
try:
    until('configured', lambda: read('/sys/class/udc/dummy_udc.0/state') == 'configured')
    devices = '/sys/bus/usb/devices'
    found = [d for d in os.listdir(devices) if os.path.exists(f'{devices}/{d}/product')]
    print([read(f'{devices}/{d}/product') for d in found if read(f'{devices}/{d}/idProduct') == '0104'], os.path.exists('/dev/ttyGS0'))
finally:
    write('UDC', '\\n')
    os.unlink('configs/c.1/acm.0')
    for folder in ['functions/acm.0', 'configs/c.1', 'strings/0x409', '']: os.rmdir(os.path.join(gadget, folder))
`);
  t.is(said, "['from the lab'] True");
});

test('a key of an input device that uinput makes is read from its evdev', async (t) => {
  const said = await python(`
device = os.open('/dev/uinput', os.O_WRONLY)
fcntl.ioctl(device, 0x40045564, 1)   # UI_SET_EVBIT: EV_KEY
fcntl.ioctl(device, 0x40045565, 30)  # UI_SET_KEYBIT: KEY_A
fcntl.ioctl(device, 0x405c5503, struct.pack('HHHH80sI', 3, 1, 1, 1, b'stasis keys', 0))  # UI_DEV_SETUP
fcntl.ioctl(device, 0x5501)          # UI_DEV_CREATE
name = bytearray(64)
fcntl.ioctl(device, 0x8040552c, name)  # UI_GET_SYSNAME
folder = '/sys/class/input/' + name.rstrip(b'\\0').decode()
event = until('event device', lambda: [e for e in os.listdir(folder) if e.startswith('event')])[0]
until('device node', lambda: os.path.exists('/dev/input/' + event))
keys = os.open('/dev/input/' + event, os.O_RDONLY)
for kind, code, value in [(1, 30, 1), (0, 0, 0)]: os.write(device, struct.pack('qqHHi', 0, 0, kind, code, value))
print(read(folder + '/name'), struct.unpack('qqHHi', os.read(keys, 24))[2:])
`);
  t.is(said, 'stasis keys (1, 30, 1)');
});

test('a framebuffer, whose pixels are what was written', async (t) => {
  const said = await python(`
import mmap
screen = os.open('/dev/fb0', os.O_RDWR)
shown = bytearray(160)
fcntl.ioctl(screen, 0x4600, shown)  # FBIOGET_VSCREENINFO
width, height, _, _, _, _, bits = struct.unpack_from('7I', shown)
pixels = mmap.mmap(screen, width * height * bits // 8)
pixels[4096:4102] = b'stasis'
print(width, height, bits, os.pread(screen, 6, 4096))
`);
  t.is(said, "800 600 32 b'stasis'");
});

test('SELinux stands by, and lets all pass', async (t) => {
  const said = await python(`
mount('none', '/sys/fs/selinux', 'selinuxfs')
mount('none', '/sys/kernel/security', 'securityfs')
print(read('/sys/fs/selinux/enforce'), read('/sys/kernel/security/lsm'), read('/proc/self/attr/current').rstrip('\\0'))
`);
  t.regex(said, /^0 (.*,)?selinux(,.*)? kernel$/);
});
