import { mount } from '../ui/mount.tsx';
import { DevicesPage } from './app.tsx';

mount(DevicesPage);
